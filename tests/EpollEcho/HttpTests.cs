using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

[Collection("lab")]
public class HttpTests
{
    [LabTheory(Needs.Ab)]
    [InlineData("epoll", true)]
    [InlineData("epoll", false)]
    [InlineData("fork", false)]
    public void Ab_gets_every_answer(string model, bool keepAlive)
    {
        using EchoServer server = new("--protocol", "http", "--model", model);
        string[] flags = keepAlive ? ["-k"] : [];
        ToolResult result = ToolProcess.RunCommand("ab", ["-q", .. flags, "-n", "2000", "-c", "50", $"http://{server.Address}/"])
            .Expect(0);
        Assert.Matches(@"Complete requests:\s+2000\n", result.Output);
        Assert.Matches(@"Failed requests:\s+0\n", result.Output);
        Assert.Equal(keepAlive, result.Output.Contains("Keep-Alive requests:    2000"));
        JsonElement summary = server.Stop();
        Assert.InRange(summary.GetProperty("requests").GetInt32(), 2000, 2100); // ab asks for a few more than it counts
        Assert.Equal(summary.GetProperty("accepted").GetInt32(), summary.GetProperty("closed").GetInt32());
    }

    [LabFact(Needs.Wrk)]
    public void Wrk_sees_no_errors()
    {
        using EchoServer server = new("--protocol", "http");
        ToolResult result = ToolProcess.RunCommand("wrk", "-t1", "-c50", "-d1", $"http://{server.Address}/").Expect(0);
        Assert.DoesNotContain("Socket errors", result.Output);
        Assert.DoesNotContain("Non-2xx", result.Output);
    }

    [LabFact(Needs.Curl)]
    public void Curl_posts_a_megabyte_and_gets_it_back()
    {
        using EchoServer server = new("--protocol", "http");
        using TempFolder folder = new();
        byte[] body = new byte[1024 * 1024];
        new Random(4).NextBytes(body);
        File.WriteAllBytes(folder.File("body"), body);
        ToolResult result = ToolProcess.RunCommand(
            "curl", "-sS", "--data-binary", $"@{folder.File("body")}", $"http://[::1]:{server.Port}/");
        Assert.Equal(body, result.Expect(0).OutputBytes);
        File.AppendAllText(folder.File("body"), "x");
        result = ToolProcess.RunCommand("curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}",
            "--data-binary", $"@{folder.File("body")}", $"http://{server.Address}/");
        Assert.Equal("413", result.Output);
    }

    [Fact]
    public void Our_load_reads_our_answers()
    {
        using EchoServer server = new("--protocol", "http");
        server.Load("--protocol", "http", "-c", "20", "-n", "2000", "--pipeline", "4").Expect(0);
        server.Load("--protocol", "http", "-c", "20", "-n", "500", "--reconnect").Expect(0);
        Assert.Equal(2500, server.Stop().GetProperty("requests").GetInt32());
    }

    [Fact]
    public void A_client_that_sends_without_reading_is_held_back_and_loses_nothing()
    {
        using EchoServer server = new("--protocol", "http");
        using Socket socket = server.Connect();
        byte[] request = Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        const int Requests = 200_000;
        Thread send = new(() =>
        {
            socket.SendTimeout = 0;
            byte[] batch = [.. Enumerable.Repeat(request, 1000).SelectMany(bytes => bytes)];
            for (int i = 0; i < Requests / 1000; i++)
            {
                for (int sent = 0; sent < batch.Length;)
                {
                    sent += socket.Send(batch.AsSpan(sent));
                }
            }

            socket.Shutdown(SocketShutdown.Send);
        })
        { IsBackground = true };
        send.Start();
        Thread.Sleep(500);
        byte[] buffer = new byte[1 << 16];
        long total = 0;
        for (int got = socket.Receive(buffer); got > 0; got = socket.Receive(buffer))
        {
            total += got;
        }

        Assert.True(send.Join(TimeSpan.FromSeconds(30)));
        const string answer = "HTTP/1.1 200 OK\r\nServer: epollecho\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            + "Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nok\n";
        long one = answer.Length;
        Assert.Equal(Requests * one, total);
        Assert.Equal(Requests, server.Stop().GetProperty("requests").GetInt32());
    }
}
