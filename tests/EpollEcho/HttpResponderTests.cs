using System.Text;
using Bogus;
using NetTools.EpollEcho.Http;
using NetTools.EpollEcho.Serve;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

public unsafe class HttpResponderTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nServer: epollecho\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";

    [Fact]
    public void Answers_get_and_head_and_echoes_post()
    {
        Assert.Equal(Ok, Answer(Get));
        Assert.Equal(Ok[..^3], Answer(Get.Replace("GET", "HEAD")));
        Assert.Equal("HTTP/1.1 200 OK\r\nServer: epollecho\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
            Answer("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"));
        Assert.Equal(Ok + Ok + Ok, Answer(Get + "\r\n" + Get + Get));
    }

    [Theory]
    [InlineData(784111777, "Sun, 06 Nov 1994 08:49:37 GMT")] // the example of RFC 9110
    [InlineData(1709164800, "Thu, 29 Feb 2024 00:00:00 GMT")]
    [InlineData(4102444799, "Thu, 31 Dec 2099 23:59:59 GMT")]
    public void Dates_are_as_rfc_9110_wants_them(long second, string expected)
    {
        byte[] text = new byte[HttpDate.Length];
        HttpDate.Write(second, text);
        Assert.Equal(expected, Encoding.ASCII.GetString(text));
    }

    [Fact]
    public void The_date_is_that_of_now()
    {
        HttpDate.Refresh();
        DateTimeOffset date = DateTimeOffset.ParseExact(Encoding.ASCII.GetString(HttpDate.Text), "R", System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange((DateTimeOffset.UtcNow - date).TotalSeconds, -5, 60);
    }

    [Fact]
    public void Keeps_or_closes_as_the_version_and_the_peer_say()
    {
        Assert.Contains("\r\nConnection: close\r\n", Answer("GET / HTTP/1.0\r\n\r\n"));
        Assert.Contains("\r\nConnection: keep-alive\r\n", Answer("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
        Assert.Contains("\r\nConnection: close\r\n", Answer("GET / HTTP/1.1\r\nHost: a\r\nConnection: foo, close\r\n\r\n" + Get));
        Assert.DoesNotContain("Connection", Answer(Get));
    }

    [Theory]
    [InlineData("nonsense\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\n\r\n", 400)] // no Host
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400)]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET /\u0001 HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 501)]
    [InlineData("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501)]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505)]
    public void Refuses_what_is_broken(string request, int status)
    {
        string answer = Answer(request + Get);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.EndsWith("Content-Length: 0\r\nConnection: close\r\n\r\n", answer); // and nothing after it
    }

    [Theory]
    [InlineData(8192)]
    [InlineData(100_000)]
    public void Refuses_a_head_that_does_not_end(int length) =>
        Assert.StartsWith("HTTP/1.1 431 ", Answer("GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', length)));

    [Fact]
    public void Splits_and_room_change_nothing() => Seeded.Run(random =>
    {
        for (int round = 0; round < 300; round++)
        {
            StringBuilder requests = new();
            for (int i = random.Int(1, 8); i > 0; i--)
            {
                int body = random.Int(0, 2000);
                requests.Append(random.Int(0, 2) switch
                {
                    0 => Get,
                    1 => $"HEAD / HTTP/1.1\r\nHost: a\r\nX-Long: {random.String2(random.Int(0, 500))}\r\n\r\n",
                    _ => $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {body}\r\n\r\n{random.String2(body)}",
                });
            }

            string whole = Answer(requests.ToString());
            Assert.Equal(whole, Answer(requests.ToString(), random, 256 + random.Int(0, 600)));
        }
    });

    [Fact]
    public void Hostile_bytes_do_no_harm() => Seeded.Run(random =>
    {
        for (int round = 0; round < 20_000; round++)
        {
            byte[] request = Encoding.ASCII.GetBytes("POST /a HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\nContent-Length: 5\r\n\r\nhello");
            for (int flips = random.Int(1, 5); flips > 0; flips--)
            {
                request[random.Int(0, request.Length - 1)] = random.Byte();
            }

            Answer(Encoding.Latin1.GetString(request[..random.Int(0, request.Length)]));
        }
    });

    /// <summary>Feeds requests, whole or in random pieces, the way a server does, and returns all that is answered.</summary>
    private static string Answer(string requests, Randomizer? random = null, int room = 1 << 20)
    {
        byte[] input = Encoding.Latin1.GetBytes(requests);
        byte[] output = new byte[room];
        StringBuilder answers = new();
        Connection connection = default;
        HttpDate.Refresh();
        long count = 0;
        int start = 0;
        int end = 0;
        HttpStep step = HttpStep.NeedsInput;
        while (step != HttpStep.Close && (step == HttpStep.NeedsRoom || end < input.Length))
        {
            if (step == HttpStep.NeedsInput)
            {
                end = random is null ? input.Length : Math.Min(input.Length, end + random.Int(1, 300));
            }

            step = HttpResponder.Answer(&connection, input.AsSpan(start, end - start), output, out int consumed, out int produced, ref count);
            start += consumed;
            answers.Append(Encoding.Latin1.GetString(output, 0, produced));
        }

        Assert.Equal(Count(answers.ToString(), "\r\nServer: "), Count(answers.ToString(), $"\r\nDate: {Encoding.ASCII.GetString(HttpDate.Text)}\r\n"));
        return answers.ToString().Replace($"Date: {Encoding.ASCII.GetString(HttpDate.Text)}\r\n", "");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
