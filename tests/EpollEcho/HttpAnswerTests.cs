using System.Text;
using Bogus;
using NetTools.EpollEcho.Http;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

public class HttpAnswerTests
{
    private const string Several = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
        + "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        + "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5;name=\"a;b\"\r\nabcde\r\n0000A "
            + "\r\n0123456789\r\n0\r\nTrailer: x\r\nMore: y\r\n\r\n"
        + "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"
        + "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "HTTP/1.0 200\r\nContent-Length: 1\r\nconnection: Keep-Alive\r\n\r\nz"
        + "HTTP/1.1 404 X\r\nconnection: close\r\ncontent-length: 0\r\ncontent-length: 0\r\n\r\n"
        + "HTTP/1.0 500 Oh\r\n\r\nuntil the end";

    private static readonly string[] s_several =
    [
        "200 open ok\n", "200 open abcde0123456789", "204 open ", "304 open ", "200 open z", "404 closes ",
        "500 closes until the end",
    ];

    [Fact]
    public void Answers_are_read_in_any_pieces()
    {
        byte[] answers = Encoding.ASCII.GetBytes(Several);
        for (int piece = 1; piece <= answers.Length; piece++)
        {
            Assert.Equal(s_several, Read(answers, () => piece));
        }
    }

    [Fact]
    public void Every_split_and_every_mutation_reads_the_same_and_nothing_goes_wrong() => Seeded.Run(random =>
    {
        for (int round = 0; round < 20_000; round++)
        {
            byte[] answers = Mutate(random, Encoding.ASCII.GetBytes(Several));
            bool toHead = random.Bool(0.1f);
            string[] whole = Read(answers, () => answers.Length, toHead);
            Assert.Equal(whole, Read(answers, () => random.Int(1, random.Bool() ? 3 : 100), toHead));
        }
    });

    [Theory]
    [InlineData("HTTP/2 200 OK\r\n\r\n", nameof(HttpProblem.BadStatusLine))]
    [InlineData("HTTP/1.1 99 OK\r\n\r\n", nameof(HttpProblem.BadStatusLine))]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n", nameof(HttpProblem.BadStatusLine))]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", nameof(HttpProblem.BadStatusLine))]
    [InlineData("SSH-2.0-OpenSSH_9.2p1\r\n\r\n", nameof(HttpProblem.BadStatusLine))]
    [InlineData("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n", nameof(HttpProblem.BadField))]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", nameof(HttpProblem.BadLength))]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", nameof(HttpProblem.BadLength))]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", nameof(HttpProblem.BadLength))]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", nameof(HttpProblem.BadLength))]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", nameof(HttpProblem.BadLength))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", nameof(HttpProblem.BadChunk))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", nameof(HttpProblem.BadChunk))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n", nameof(HttpProblem.BadChunk))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", nameof(HttpProblem.BadChunk))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\nabcde\r\n", nameof(HttpProblem.BadChunk))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n", nameof(HttpProblem.BadChunk))]
    public void What_is_wrong_has_a_name(string answer, string problem) =>
        Assert.Equal([problem], Read(Encoding.ASCII.GetBytes(answer), () => 1));

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n", "X: 1\r\n", nameof(HttpProblem.EndlessHead))]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", "x", nameof(HttpProblem.EndlessHead))]
    [InlineData("", "HTTP/1.1 100 Continue\r\n\r\n", nameof(HttpProblem.EndlessHead))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;", "x", nameof(HttpProblem.BadChunk))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0", nameof(HttpProblem.BadChunk))]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: 1\r\n", nameof(HttpProblem.BadChunk))]
    public void What_never_ends_is_broken_off(string begin, string endless, string problem)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(begin + string.Concat(Enumerable.Repeat(endless, 70_000)));
        foreach (int piece in (int[])[1, 1000, bytes.Length])
        {
            Assert.Equal([problem], Read(bytes, () => piece));
        }
    }

    [Fact]
    public void A_head_request_gets_no_body() =>
        Assert.Equal(["200 open ", "200 open ", "200 closes "], Read(
            [
                .. "HTTP/1.1 200 A\r\nContent-Length: 9\r\n\r\n"u8,
                .. "HTTP/1.1 200 B\r\nTransfer-Encoding: chunked\r\n\r\nHTTP/1.0 200 C\r\n\r\n"u8,
            ],
            () => 5, toHead: true));

    /// <summary>What the answers are; the last line is what is wrong, when something is.</summary>
    private static string[] Read(byte[] answers, Func<int> piece, bool toHead = false)
    {
        HttpAnswer answer = default;
        List<string> seen = [];
        StringBuilder text = new();
        string About() => $"{answer.Status} {(answer.Closes ? "closes" : "open")} {text}";
        for (int at = 0, length; at < answers.Length; at += length)
        {
            length = Math.Min(piece(), answers.Length - at);
            ReadOnlySpan<byte> bytes = answers.AsSpan(at, length);
            while (bytes.Length > 0)
            {
                int before = bytes.Length;
                HttpProgress progress = answer.Read(ref bytes, toHead, out ReadOnlySpan<byte> body);
                text.Append(Encoding.Latin1.GetString(body));
                if (progress == HttpProgress.Broken)
                {
                    seen.Add(answer.Problem.ToString());
                    answer.Reset();
                    return [.. seen];
                }

                Assert.True(bytes.Length < before);
                if (progress == HttpProgress.Complete)
                {
                    Assert.Equal(text.Length, answer.BodyLength);
                    seen.Add(About());
                    text.Clear();
                }
            }
        }

        if (answer.CompleteAtEnd)
        {
            seen.Add(About());
        }

        answer.Reset();
        return [.. seen];
    }

    private static byte[] Mutate(Randomizer random, byte[] bytes)
    {
        List<byte> changed = [.. bytes];
        for (int change = random.Int(0, 4); change > 0; change--)
        {
            int at = random.Int(0, changed.Count - 1);
            switch (random.Int(0, 3))
            {
                case 0:
                    changed[at] = random.Byte();
                    break;
                case 1:
                    changed.RemoveRange(at, Math.Min(random.Int(1, 30), changed.Count - at - 1));
                    break;
                case 2:
                    changed.Insert(at, random.ArrayElement("\r\n:;0f ,\t"u8.ToArray()));
                    break;
                default:
                    changed.InsertRange(at, bytes.AsSpan(random.Int(0, bytes.Length - 50), 50));
                    break;
            }
        }

        return [.. changed];
    }
}
