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
        DateTimeOffset date = DateTimeOffset.ParseExact(
            Encoding.ASCII.GetString(HttpDate.Text), "R", System.Globalization.CultureInfo.InvariantCulture);
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
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", 501)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\r\nHost: a%zz\r\n\r\n", 400)]
    [InlineData("GET foo HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET /% HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400)]
    [InlineData("GET / HTTP/1.1\rHost: a\r\r\n\n", 400)] // a bare CR
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: b\r\r\n\r\n", 400)]
    [InlineData("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405)]
    [InlineData("BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501)]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505)]
    public void Refuses_what_is_broken(string request, int status)
    {
        string answer = Answer(request + Get);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer);
        Assert.EndsWith("Content-Length: 0\r\nConnection: close\r\n\r\n", answer); // and nothing after it
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("\n\r\nGET / HTTP/1.1\r\nHost: a\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\n")]
    [InlineData("GET http://b:80/x HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a%2Db.example:8080\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    public void Takes_what_rfc_9112_allows(string request) => Assert.Equal(Ok + Ok, Answer(request + Get));

    [Theory]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000")] // a TLS hello
    [InlineData("SSH-2.0-x\r")]
    [InlineData("\u0000")]
    [InlineData(" GET")]
    [InlineData("GET /\r\n")] // HTTP/0.9
    [InlineData("GET / HTTP/1.1\rHost: a\r\r")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rX: ")]
    public void What_is_plainly_not_http_is_refused_before_its_head_is_complete(string bytes) =>
        Assert.StartsWith("HTTP/1.1 400 ", Answer(bytes));

    [Theory]
    [InlineData("\r")]
    [InlineData("G")]
    [InlineData("GET / HT")]
    [InlineData("GET / HTTP/1.1\r\nHo st")]
    public void What_may_become_a_request_is_waited_for(string bytes) => Assert.Equal("", Answer(bytes));

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("PATCH")]
    [InlineData("OPTIONS")]
    public void Methods_with_a_body_get_it_back(string method)
    {
        const string Head = "HTTP/1.1 200 OK\r\nServer: epollecho\r\nContent-Type: text/plain\r\nContent-Length: ";
        Assert.Equal(Head + "5\r\n\r\nhello" + Ok,
            Answer($"{method} /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello" + Get));
        Assert.Equal(Head + "0\r\n\r\n" + Ok, Answer($"{method} /x HTTP/1.1\r\nHost: a\r\n\r\n" + Get));
    }

    [Theory]
    [InlineData("5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("2\r\nhe\r\n0003;a=b;c=\"d;e\"\r\nllo\r\n0\r\nX: trailer\r\n\r\n")]
    [InlineData("00000000000000000005\r\nhello\r\n00\r\n\r\n")]
    [InlineData("5 ;x\r\nhello\r\n000\r\n\r\n")]
    public void A_chunked_body_that_has_come_whole_gets_a_length(string body) =>
        Assert.Equal("HTTP/1.1 200 OK\r\nServer: epollecho\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello" + Ok,
            Answer(ChunkedPost + body + Get));

    [Theory]
    [InlineData("3\nabc\n0\n\n")]
    [InlineData("3;a\nb\r\nabc\r\n0\r\n\r\n")]
    [InlineData("3\r\nabcde\r\n0\r\n\r\n")]
    [InlineData("0x3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("+3\r\nabc\r\n0\r\n\r\n")]
    [InlineData(" 3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("3 \r\nabc\r\n0\r\n\r\n")]
    [InlineData("\r\nabc\r\n0\r\n\r\n")]
    [InlineData("-1\r\nabc\r\n0\r\n\r\n")]
    public void Broken_chunks_are_refused_with_400(string body) => Assert.StartsWith("HTTP/1.1 400 ", Answer(ChunkedPost + body));

    [Fact]
    public void Chunks_beyond_the_longest_body_are_refused_with_413()
    {
        Assert.StartsWith("HTTP/1.1 413 ", Answer(ChunkedPost + "100001\r\n"));
        Assert.StartsWith("HTTP/1.1 413 ", Answer(ChunkedPost + "fffffffffffffff\r\n"));
        string half = "80000\r\n" + new string('x', 0x80000) + "\r\n";
        Assert.StartsWith("HTTP/1.1 413 ", Answer(ChunkedPost + half + half + "1\r\n"));
    }

    [Fact]
    public void A_chunked_body_that_comes_in_pieces_goes_back_in_chunks() => Seeded.Run(random =>
    {
        for (int round = 0; round < 200; round++)
        {
            StringBuilder chunks = new();
            StringBuilder body = new();
            for (int i = random.Int(1, 6); i > 0; i--)
            {
                string data = random.String2(random.Int(1, 900));
                body.Append(data);
                chunks.Append($"{data.Length:x}{(random.Bool() ? ";x" : "")}\r\n{data}\r\n");
            }

            string answer = Answer(ChunkedPost + chunks + "0\r\n\r\n" + Get, random, 256 + random.Int(0, 600));
            Assert.EndsWith(Ok, answer);
            string head = answer[..answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)];
            string rest = answer[(head.Length + 4)..^Ok.Length];
            Assert.Equal(body.ToString(), head.Contains("Transfer-Encoding: chunked") ? Unchunk(rest) : rest);
        }
    });

    private const string ChunkedPost = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    private static string Unchunk(string text)
    {
        StringBuilder body = new();
        while (true)
        {
            int end = text.IndexOf("\r\n", StringComparison.Ordinal);
            int size = Convert.ToInt32(text[..end], 16);
            Assert.Equal("\r\n", text.Substring(end + 2 + size, 2));
            if (size == 0)
            {
                Assert.Equal(end + 4, text.Length);
                return body.ToString();
            }

            body.Append(text, end + 2, size);
            text = text[(end + 4 + size)..];
        }
    }

    [Theory]
    [InlineData(8192)]
    [InlineData(100_000)]
    public void Refuses_a_head_that_does_not_end(int length) =>
        Assert.StartsWith("HTTP/1.1 431 ", Answer("GET / HTTP/1.1\r\nHost: a\r\nX: " + new string('x', length)));

    [Theory]
    [InlineData(8192, "")]
    [InlineData(100_000, " HTTP/1.1\r\nHost: a\r\n\r\n")]
    public void Refuses_a_target_that_is_too_long(int length, string end) =>
        Assert.StartsWith("HTTP/1.1 414 ", Answer("GET /" + new string('x', length) + end));

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
            byte[] request = Encoding.ASCII.GetBytes(
                "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\nContent-Length: 5\r\n\r\nhello");
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

            step = HttpResponder.Answer(&connection, input.AsSpan(start, end - start), output, out int consumed, out int produced,
                ref count);
            start += consumed;
            answers.Append(Encoding.Latin1.GetString(output, 0, produced));
        }

        Assert.Equal(Count(answers.ToString(), "\r\nServer: "),
            Count(answers.ToString(), $"\r\nDate: {Encoding.ASCII.GetString(HttpDate.Text)}\r\n"));
        return answers.ToString().Replace($"Date: {Encoding.ASCII.GetString(HttpDate.Text)}\r\n", "");
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
