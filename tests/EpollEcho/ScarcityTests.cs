using System.Net.Sockets;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

/// <summary>
/// When the kernel refuses: strace(1) makes system calls fail that no machine with memory to spare lets fail, or counts them.
/// </summary>
[Collection("lab")]
public class ScarcityTests
{
    private static readonly byte[] s_hello = "hello"u8.ToArray();

    [LabTheory(Needs.Strace)]
    [InlineData("accept4", "ENOMEM", "when=1..2")] // the second call would let the peer go
    [InlineData("accept4", "ENOBUFS", "when=1..2")]
    [InlineData("accept4", "ENOMEM", "when=1", "--model", "fork")]
    [InlineData("epoll_ctl", "ENOMEM", "when=2")] // the listener's
    public void Without_memory_accepting_pauses_and_the_peer_is_served_later(
        string call, string error, string when, params string[] args)
    {
        using EchoServer server = new(Strace($"inject={call}:error={error}:{when}"), args);
        using Socket socket = server.Connect();
        Assert.Equal("hello", Echo(socket));
        JsonElement summary = server.Stop();
        Assert.Equal(1, summary.GetProperty("errors").GetProperty(error).GetInt32());
        Assert.Equal((1, 0), (summary.GetProperty("accepted").GetInt32(), summary.GetProperty("refused").GetInt32()));
    }

    [LabTheory(Needs.Strace)]
    [InlineData("inject=epoll_ctl:error=ENOMEM:when=3", "ENOMEM")] // after the signals and the listener: the first connection
    [InlineData("inject=epoll_ctl:error=ENOSPC:when=3", "ENOSPC")]
    [InlineData("inject=sendto:error=ENOBUFS:when=1", "ENOBUFS")]
    [InlineData("inject=recvfrom:error=ENOMEM:when=1", "ENOMEM")]
    [InlineData("inject=clone:error=EAGAIN:when=1", "EAGAIN", "--model", "fork")]
    public void A_connection_that_cannot_be_served_is_closed_counted_and_the_next_is_served(
        string inject, string error, params string[] args)
    {
        using EchoServer server = new(Strace(inject), args);
        using Socket refused = server.Connect();
        Assert.Equal("", Echo(refused));
        using Socket next = server.Connect();
        Assert.Equal("hello", Echo(next));
        next.Dispose();
        JsonElement summary = server.Stop();
        Assert.Equal(1, summary.GetProperty("errors").GetProperty(error).GetInt32());
    }

    [LabTheory(Needs.Strace)]
    [InlineData("edge")]
    [InlineData("level")]
    public void Quickack_is_set_again_after_each_read(string trigger)
    {
        using TempFolder folder = new();
        string trace = folder.File("trace");
        using EchoServer server = new(Strace("trace=setsockopt", trace), ["--quickack", "--trigger", trigger]);
        using Socket socket = server.Connect();
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal("hello", Echo(socket));
        }

        server.Stop();
        // when accepted, and after each read
        Assert.InRange(File.ReadLines(trace).Count(line => line.Contains("TCP_QUICKACK, [1]")), 6, 20);
    }

    [LabFact(Needs.Root)]
    public void Where_ports_run_out_connections_come_from_other_addresses()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        foreach (string name in new[] { pair.A, pair.B })
        {
            ToolProcess.RunCommand("sh", ["-c", "echo 40000 40019 > /proc/sys/net/ipv4/ip_local_port_range"],
                new RunOptions { Namespace = name }).Expect(0);
        }

        RunOptions there = new() { Namespace = pair.B };
        using ToolProcess server = ToolProcess.Launch("epollecho", ["serve", "-p", "9000"], there);
        server.ReadLine();
        ToolResult near = ToolProcess.Run("epollecho", ["load", "127.0.0.1:9000", "-c", "200", "-n", "400", "--json"], there)
            .Expect(0);
        Assert.Contains("\"peak_connections\":200", near.Output);
        ToolResult far = ToolProcess.Run("epollecho", ["load", $"{NetworkNamespaces.AddressB}:9000", "-c", "30", "-n", "60"],
            new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Contains("eaddrnotavail 10", far.Output);
        Assert.Contains("ip_local_port_range", far.Output);
    }

    /// <summary>strace -D leaves the tool our own child, so that it is the tool that is signalled.</summary>
    private static string[] Strace(string what, string trace = "/dev/null") => ["strace", "-D", "-o", trace, "-e", what];

    /// <summary>What comes back; nothing when the server closes or resets the connection.</summary>
    private static string Echo(Socket socket)
    {
        byte[] back = new byte[s_hello.Length];
        int got = 0;
        try
        {
            socket.Send(s_hello);
            for (int count = 1; count > 0 && got < back.Length; got += count)
            {
                count = socket.Receive(back, got, back.Length - got, SocketFlags.None);
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            got = 0;
        }

        return System.Text.Encoding.ASCII.GetString(back, 0, got);
    }
}
