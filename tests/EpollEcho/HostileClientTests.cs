using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

/// <summary>Clients that are slow, rude or not HTTP at all, for each model and trigger.</summary>
[Collection(LabLanes.Peers)]
public class HostileClientTests
{
    private const int TcpCork = 3;

    public static TheoryData<string> Kinds => ["--trigger=edge", "--trigger=level", "--model=fork"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_post_that_ends_the_connection_gets_its_body_back_whole(string kind)
    {
        using EchoServer server = new("--protocol", "http", kind);
        foreach (string head in new[] { "HTTP/1.1\r\nHost: a\r\nConnection: close", "HTTP/1.0" })
        {
            using Socket socket = server.Connect();
            byte[] body = new byte[200_000];
            new Random(7).NextBytes(body);
            byte[] request = [.. Encoding.ASCII.GetBytes($"POST / {head}\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];
            for (int at = 0; at < request.Length; at += 50_000)
            {
                socket.Send(request.AsSpan(at, Math.Min(50_000, request.Length - at)));
                Thread.Sleep(20); // so that it never arrives by one read
            }

            byte[] answer = ReadToEnd(socket);
            Assert.True(answer.AsSpan().EndsWith(body));
            Assert.Contains("Connection: close", Encoding.Latin1.GetString(answer, 0, 200));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Bytes_behind_urgent_data_are_read(string kind)
    {
        using EchoServer server = new(kind);
        using Socket socket = server.Connect();
        for (int round = 0; round < 3; round++)
        {
            socket.SetRawSocketOption(6, TcpCork, BitConverter.GetBytes(1));
            socket.Send("abc"u8);
            socket.Send("X"u8, SocketFlags.OutOfBand);
            socket.Send("def"u8);
            socket.SetRawSocketOption(6, TcpCork, BitConverter.GetBytes(0));
            byte[] back = new byte[6];
            for (int got = 0; got < back.Length;)
            {
                int count = socket.Receive(back, got, back.Length - got, SocketFlags.None);
                Assert.NotEqual(0, count);
                got += count;
            }

            Assert.Equal("abcdef", Encoding.ASCII.GetString(back));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_head_or_body_or_empty_line_that_drips_in_is_given_up(string kind)
    {
        using EchoServer server = new("--protocol", "http", "--idle-timeout", "2", kind);
        using Socket head = server.Connect();
        using Socket body = server.Connect();
        using Socket empty = server.Connect();
        using Socket kept = server.Connect();
        body.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n"u8);
        kept.Send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8);
        Stopwatch watch = Stopwatch.StartNew();
        byte[] room = new byte[4096];
        string answer = "";
        Dictionary<Socket, byte[]> others = new() { [body] = [(byte)'x'], [empty] = [13, 10], [kept] = [10] };
        for (bool open = true; (open || others.Count > 0) && watch.Elapsed.TotalSeconds < 20; Thread.Sleep(300))
        {
            open = open && Drip(head, "G"u8, ref answer);
            foreach ((Socket socket, byte[] drop) in others.ToArray())
            {
                string ignored = "";
                if (!Drip(socket, drop, ref ignored))
                {
                    others.Remove(socket);
                }
            }
        }

        Assert.InRange(watch.Elapsed.TotalSeconds, 1.5, 18);
        Assert.StartsWith("HTTP/1.1 408 ", answer);
        Assert.Empty(others);
        Assert.Equal(4, server.Stop(Signals.SIGINT).GetProperty("errors").GetProperty("ETIMEDOUT").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_body_that_comes_fast_enough_may_take_longer_than_the_timeout(string kind)
    {
        using EchoServer server = new("--protocol", "http", "--request-timeout", "1", kind);
        using Socket socket = server.Connect();
        const int Pieces = 10;
        byte[] piece = new byte[30_000];
        socket.Send(Encoding.ASCII.GetBytes(
            $"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {Pieces * piece.Length}\r\n\r\n"));
        for (int i = 0; i < Pieces; i++)
        {
            socket.Send(piece);
            Thread.Sleep(250);
        }

        Assert.InRange(ReadToEnd(socket).Length, Pieces * piece.Length, (Pieces * piece.Length) + 300);
    }

    [Theory]
    [InlineData("--trigger=edge")]
    [InlineData("--trigger=level")]
    [InlineData("--model=fork")]
    public void A_client_that_does_not_take_its_answer_is_given_up_and_a_slow_one_is_not(string kind)
    {
        using EchoServer server = new("--protocol", "http", "--request-timeout", "1", "--sndbuf", "4096", kind);
        using Socket never = server.Connect();
        using Socket slow = server.Connect();
        const int Length = 200_000;
        byte[] request =
        [
            .. Encoding.ASCII.GetBytes(
                $"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {Length}\r\n\r\n"),
            .. new byte[Length],
        ];
        never.ReceiveBufferSize = slow.ReceiveBufferSize = 8192;
        never.Blocking = false;
        _ = never.Send(request, SocketFlags.None, out _); // as much as there is room for
        Thread sender = new(() => slow.Send(request));
        sender.Start();
        int got = 0;
        byte[] room = new byte[20_000];
        for (int count; (count = slow.Receive(room)) > 0; Thread.Sleep(50))
        {
            got += count;
        }

        Assert.InRange(got, Length, Length + 300);
        sender.Join();
        Stopwatch watch = Stopwatch.StartNew();
        while (!never.Poll(0, SelectMode.SelectError) && watch.Elapsed.TotalSeconds < 10)
        {
            Thread.Sleep(20);
        }

        JsonElement summary = server.Stop(Signals.SIGINT);
        Assert.Equal(1, summary.GetProperty("errors").GetProperty("ETIMEDOUT").GetInt32());
        Assert.Equal(2, summary.GetProperty("closed").GetInt32());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_tls_hello_is_closed_at_once(string kind)
    {
        using EchoServer server = new("--protocol", "http", kind);
        using Socket socket = server.Connect();
        byte[] hello = [0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, .. new byte[60]];
        socket.Send(hello);
        Assert.StartsWith("HTTP/1.1 400 ", Encoding.ASCII.GetString(ReadToEnd(socket)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_refusal_is_seen_by_a_client_that_sends_first_and_reads_later(string kind)
    {
        using EchoServer server = new("--protocol", "http", kind);
        using Socket socket = server.Connect();
        socket.Send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 8000000\r\n\r\n"u8);
        byte[] piece = new byte[100_000];
        for (int sent = 0; sent < 8_000_000;)
        {
            sent += socket.Send(piece);
        }

        Assert.StartsWith("HTTP/1.1 413 ", Encoding.ASCII.GetString(ReadToEnd(socket)));
    }

    [LabFact(Needs.Curl)]
    public void Curl_sends_a_chunked_body_and_gets_it_back()
    {
        foreach (string kind in (string[])["--trigger=edge", "--trigger=level", "--model=fork"])
        {
            using EchoServer server = new("--protocol", "http", kind);
            byte[] body = new byte[500_000];
            new Random(9).NextBytes(body);
            ToolResult result = ToolProcess.RunCommand("curl",
                ["-sS", "-H", "Transfer-Encoding: chunked", "-H", "Expect:", "--data-binary", "@-", $"http://{server.Address}/"],
                new RunOptions { Input = body }).Expect(0);
            Assert.Equal(body, result.OutputBytes);
        }
    }

    [Fact]
    public void The_fork_model_has_a_limit_of_processes()
    {
        using EchoServer server = new("--model", "fork", "--max-connections", "3");
        Socket[] sockets = [.. Enumerable.Range(0, 5).Select(_ => server.Connect())];
        Thread.Sleep(300);
        Assert.Equal(3, File.ReadAllText($"/proc/{server.Process.Id}/task/{server.Process.Id}/children")
            .Split(' ', StringSplitOptions.RemoveEmptyEntries).Length);
        Array.ForEach(sockets, socket => socket.Dispose());
        Assert.Contains("1024", ToolProcess.Run("epollecho", "serve", "--help").Output);
    }

    [LabTheory(Needs.Root)]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Udp_echo_answers_neither_low_ports_nor_its_own(string address)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions there = new() { Namespace = lab.A };
        using ToolProcess server = ToolProcess.Launch(
            "epollecho", ["serve", "--udp", "-p", "7007", "-a", address, "--json"], there);
        server.ReadLine();
        const string Script = """
            import socket,sys
            a=sys.argv[1]; f=socket.AF_INET6 if ":" in a else socket.AF_INET
            for source,port in ((a,7),(a,1023),("127.0.0.2" if f==socket.AF_INET else a,7007),(a,1024),(a,0)):
                s=socket.socket(f,socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)
                try: s.bind((source,port))
                except OSError: print("no"); continue
                s.settimeout(0.4); s.sendto(b"x",(a,7007))
                try: s.recv(9); print("yes")
                except OSError: print("no")
            """;
        string[] answers = ToolProcess.RunCommand("python3", ["-c", Script, address], there).Expect(0).OutputLines;
        Assert.Equal(["no", "no", "no", "yes", "yes"], answers);
        ToolResult result = server.Stop(Signals.SIGTERM).Expect(0);
        int ignored = JsonDocument.Parse(result.OutputLines.Last()).RootElement.GetProperty("ignored").GetInt32();
        Assert.Equal(address == "::1" ? 2 : 3, ignored);
    }

    [LabTheory(Needs.Root)]
    [InlineData("239.1.2.3", "239.9.9.9")]
    [InlineData("ff05::1:3", "ff05::9:9")]
    public void A_member_hears_its_own_groups_on_its_own_interface(string own, string other)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions there = new() { Namespace = lab.B };
        string near = Interface(lab.A);
        string far = Interface(lab.B);
        foreach (string command in new[] { "ip link add dum0 type veth peer name dum1", "ip link set dum0 up",
            "ip link set dum1 up", "ip addr add 10.99.0.1/24 dev dum0", "ip -6 addr add fd99::1/64 dev dum0 nodad" })
        {
            ToolProcess.RunCommand("sh", ["-c", command], there).Expect(0);
        }

        using ToolProcess member = ToolProcess.Launch(
            "epollecho", ["serve", "--udp", "-p", "9100", "--group", own, "--interface", far, "--json"], there);
        using ToolProcess elsewhere = ToolProcess.Launch(
            "epollecho", ["serve", "--udp", "-p", "9100", "--group", own, "--interface", "dum0", "--json"], there);
        using ToolProcess stranger = ToolProcess.Launch(
            "epollecho", ["serve", "--udp", "-p", "9100", "--group", other, "--interface", far, "--json"], there);
        Assert.All([member, elsewhere, stranger], server => server.ReadLine());
        string target = own.Contains(':') ? $"[{own}]:9100" : $"{own}:9100";
        ToolProcess.Run("epollecho", ["load", target, "--udp", "--interface", near, "-n", "10"],
            new RunOptions { Namespace = lab.A }).Expect(0);
        int[] answered = [.. new[] { member, elsewhere, stranger }.Select(server =>
            JsonDocument.Parse(server.Stop(Signals.SIGTERM).Expect(0).OutputLines.Last()).RootElement.GetProperty("requests")
                .GetInt32())];
        Assert.Equal([10, 0, 0], answered);
    }

    private static string Interface(string name) =>
        ToolProcess.RunCommand("sh", ["-c", "ls /sys/class/net | grep -v -e '^lo$' -e dum | head -1"],
            new RunOptions { Namespace = name }).Expect(0).OutputLines[0];

    private static bool Drip(Socket socket, ReadOnlySpan<byte> bytes, ref string answer)
    {
        try
        {
            if (socket.Poll(0, SelectMode.SelectRead))
            {
                byte[] room = new byte[4096];
                int got = socket.Receive(room);
                answer += Encoding.ASCII.GetString(room, 0, got);
                if (got == 0)
                {
                    return false;
                }
            }

            socket.Send(bytes);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static byte[] ReadToEnd(Socket socket)
    {
        using MemoryStream all = new();
        byte[] bytes = new byte[65536];
        for (int got = socket.Receive(bytes); got > 0; got = socket.Receive(bytes))
        {
            all.Write(bytes, 0, got);
        }

        return all.ToArray();
    }
}
