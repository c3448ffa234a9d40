using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NetTools.EpollEcho.Load;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

/// <summary>The load generator before HTTP servers, good and bad.</summary>
[Collection("lab")]
public class HttpLoadTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n0\r\nT: 1\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\n\r\nuntil the end", true)]
    [InlineData("HTTP/1.1 204 None\r\n\r\n", false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 301 There\r\nContent-Length: 0\r\n\r\n", false)]
    public void Answers_of_every_form_are_read(string answer, bool close)
    {
        JsonElement report = Load(answer, close, 0, "-n", "20");
        Assert.Equal(20, report.GetProperty("requests").GetInt32());
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", false, "bad_chunk")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", false, "bad_length")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9000000000000000000\r\n\r\nabc", true, "short")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nabc", false, "unasked_answer")]
    [InlineData("220 mail ready\r\n\r\n", false, "bad_status_line")]
    [InlineData("", true, "short")]
    public void Bad_answers_fail_by_name(string answer, bool close, string error)
    {
        JsonElement report = Load(answer, close, 1, "-n", "1");
        bool unasked = error == "unasked_answer"; // behind the right one: the connection is bad, the request is not
        Assert.Equal(unasked ? (0, 1) : (1, 0),
            (report.GetProperty("failed").GetInt32(), report.GetProperty("connection_failures").GetInt32()));
        Assert.Equal(1, report.GetProperty("errors").GetProperty(error).GetInt32());
    }

    [Fact]
    public void A_head_without_end_is_broken_off() =>
        Assert.Equal(1, Load("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X: y\r\n", 20_000)), false, 1, "-n", "1")
            .GetProperty("errors").GetProperty("endless_head").GetInt32());

    [Fact]
    public void Statuses_are_counted_by_class()
    {
        JsonElement report = Load("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", false, 1, "-n", "5");
        Assert.Equal(5, report.GetProperty("http_status").GetProperty("5xx").GetInt32());
        Assert.Equal(0, report.GetProperty("http_status").GetProperty("2xx").GetInt32());
        Assert.Equal(5, report.GetProperty("errors").GetProperty("http_status").GetInt32());
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1000", "--pipeline", "5")]
    [InlineData("1M", "--processes", "2")]
    [InlineData("3000", "--reconnect")]
    public void What_is_posted_comes_back_and_is_compared(string size, params string[] more)
    {
        using EchoServer server = new("--protocol", "http");
        JsonElement report = Report(server.Load(
            ["--protocol", "http", "--method", "post", "--size", size, "-c", "4", "-n", "40", .. more]).Expect(0));
        Assert.Equal(40, report.GetProperty("requests").GetInt32());
        Assert.Equal(40L * (size == "1M" ? 1 << 20 : int.Parse(size)), report.GetProperty("bytes_verified").GetInt64());
        Assert.Equal(40, report.GetProperty("http_status").GetProperty("2xx").GetInt32());
    }

    [Theory]
    [InlineData("1-5000")]
    [InlineData("60K-1M", "--pipeline", "3")]
    [InlineData("1-3000", "--reconnect")]
    [InlineData("1-3000", "--processes", "2")]
    public void Sizes_of_a_range_are_posted_compared_and_repeated_by_their_seed(string range, params string[] more)
    {
        using EchoServer server = new("--protocol", "http");
        string[] load = ["--protocol", "http", "--method", "post", "--size", range, "-c", "2", "-n", "60", .. more];
        long verified = Verified([.. load, "--seed", "7"]);
        (int least, int most) = ByteRange.Parse("--size", range, 1 << 20);
        // the mean of 60 sizes, not of one
        Assert.InRange(verified, (60 * least) + ((most - least) * 15L), (60 * least) + ((most - least) * 45L));
        Assert.NotEqual(verified, Verified([.. load, "--seed", "8"]));

        long Verified(string[] args)
        {
            JsonElement report = Report(server.Load(args).Expect(0));
            Assert.Equal((60, 0), (report.GetProperty("requests").GetInt32(), report.GetProperty("mismatches").GetInt32()));
            return report.GetProperty("bytes_verified").GetInt64();
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")]
    public void Another_body_than_the_posted_is_a_mismatch_unless_any_will_do(string answer)
    {
        string[] post = ["--method", "post", "--size", "5", "-n", "1"];
        Assert.Equal(1, Load(answer, false, 1, post).GetProperty("mismatches").GetInt32());
        Assert.Equal(1, Load(answer, false, 0, [.. post, "--no-verify"]).GetProperty("requests").GetInt32());
    }

    [Fact]
    public void A_head_request_is_answered_without_a_body()
    {
        using EchoServer server = new("--protocol", "http");
        Assert.Equal(100, Report(server.Load("--protocol", "http", "--method", "head", "-c", "3", "-n", "100", "--pipeline", "4")
            .Expect(0))
            .GetProperty("requests").GetInt32());
    }

    [Fact]
    public void An_answer_that_goes_on_for_ever_does_not_outlast_the_duration()
    {
        using Socket listener = Listen();
        Thread server = new(() =>
        {
            try
            {
                using Socket peer = listener.Accept();
                _ = peer.Receive(new byte[1000]); // the request: an answer before it would be one to nothing
                for (peer.Send("HTTP/1.1 200 OK\r\n\r\n"u8); ; Thread.Sleep(100))
                {
                    peer.Send("x"u8);
                }
            }
            catch (SocketException)
            {
                // The load has given up, as it should.
            }
        });
        server.Start();
        JsonElement report = Report(ToolProcess.Run(
            "epollecho", "load", listener.LocalEndPoint!.ToString()!, "--protocol", "http", "-d", "0.5",
            "--timeout", "1", "--json").Expect(1));
        Assert.Equal(1, report.GetProperty("errors").GetProperty("timed_out").GetInt32());
        Assert.True(server.Join(TimeSpan.FromSeconds(20)));
    }

    private static Socket Listen()
    {
        Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    /// <summary>Runs a load of one connection at a time against a server that always answers the same.</summary>
    private static JsonElement Load(string answer, bool close, int exitCode, params string[] args)
    {
        using Socket listener = Listen();
        Thread server = new(() =>
        {
            byte[] bytes = new byte[10_000];
            while (true)
            {
                try
                {
                    using Socket peer = listener.Accept();
                    while (peer.Receive(bytes) > 0)
                    {
                        peer.Send(Encoding.ASCII.GetBytes(answer));
                        if (close)
                        {
                            break;
                        }
                    }
                }
                catch (SocketException e)
                {
                    if (e.SocketErrorCode is SocketError.OperationAborted or SocketError.Interrupted
                        or SocketError.InvalidArgument)
                    {
                        return; // the listener is closed
                    }
                }
                catch (ObjectDisposedException)
                {
                    return;
                }
            }
        })
        { IsBackground = true };
        server.Start();
        return Report(ToolProcess.Run("epollecho",
            ["load", listener.LocalEndPoint!.ToString()!, "--protocol", "http", "--json", .. args]).Expect(exitCode));
    }

    private static JsonElement Report(ToolResult result) => JsonDocument.Parse(result.Output).RootElement;
}
