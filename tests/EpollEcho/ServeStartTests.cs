using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetTools.EpollEcho.Serve;
using NetTools.Sockets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

/// <summary>How a server starts: passed sockets, the ready signal, the pid file, the user it becomes.</summary>
[Collection(LabLanes.Peers)]
public class ServeStartTests
{
    /// <summary>Passes sockets as systemd does, then becomes the program: KIND COUNT PROGRAM ARGUMENTS.</summary>
    private const string Activate = """
        import os,socket,sys
        kind,count=sys.argv[1],int(sys.argv[2]); keep=[]
        for i in range(count):
            s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM if kind=="udp" else socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEPORT,1)
            s.bind(("127.0.0.1",keep[0].getsockname()[1] if keep else 0))
            if kind=="tcp": s.listen(100)
            keep.append(s)
        for i,s in enumerate(keep): keep[i]=s; fd=os.dup(s.fileno()); s.close(); keep[i]=fd
        for i,fd in enumerate(keep):
            if fd!=3+i: os.dup2(fd,3+i)
            os.set_inheritable(3+i,True)
        os.environ["LISTEN_FDS"]=str(count); os.environ["LISTEN_PID"]=str(os.getpid())
        os.execv(sys.argv[3],sys.argv[3:])
        """;

    [Theory]
    [InlineData("tcp", 1)]
    [InlineData("tcp", 1, "--instances", "3")]
    [InlineData("tcp", 2, "--instances", "2")]
    [InlineData("tcp", 1, "--model", "fork")]
    [InlineData("udp", 1, "--udp")]
    [InlineData("udp", 1, "--group", "239.1.2.3", "--interface", "lo", "--rcvbuf", "100000")]
    public void Passed_sockets_are_served_with_the_options_asked_for(string kind, int count, params string[] args)
    {
        using ToolProcess server = Pass(kind, count, args);
        JsonElement listening = JsonDocument.Parse(server.ReadLine()).RootElement;
        string address = listening.GetProperty("address").GetString()!;
        JsonElement options = listening.GetProperty("options");
        if (kind == "tcp")
        {
            Assert.Equal(1, options.GetProperty("tcp_nodelay").GetProperty("effective").GetInt32());
        }
        else if (args.Contains("--group"))
        {
            Assert.Equal(200_000, options.GetProperty("so_rcvbuf").GetProperty("effective").GetInt32());
            Assert.Contains("030201EF", File.ReadAllText("/proc/net/igmp")); // 239.1.2.3
        }

        ToolProcess.Run("epollecho", ["load", address, "-c", "5", "-n", "100", .. kind == "udp" ? (string[])["--udp"] : []])
            .Expect(0);
        server.Stop(Signals.SIGTERM).Expect(0);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void A_connection_older_than_its_passed_listeners_options_gets_them(bool passed, int expected)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        ServeSettings settings = new(NetTools.Sockets.SocketAddress.From(IPAddress.Loopback, 0))
        {
            Passed = passed,
            Options = [new(SocketOption.NoDelay, 1)]
        };
        ServeSockets.SetOnEarly(settings, (int)socket.Handle);
        Assert.Equal(expected, SocketOption.NoDelay.Get((int)socket.Handle));
    }

    [Theory]
    [InlineData("udp", 1, "is not a listening TCP socket")]
    [InlineData("bound", 1, "is not a listening TCP socket")]
    [InlineData("tcp", 2, "2 sockets passed")]
    [InlineData("tcp", 1, "is not a UDP socket", "--udp")]
    public void Other_sockets_are_refused(string kind, int count, string reason, params string[] args)
    {
        using ToolProcess server = Pass(kind, count, args);
        Assert.Contains(reason, Assert.Single(server.WaitForExit().Expect(2).ErrorLines));
    }

    [Theory]
    [InlineData]
    [InlineData("--instances", "2")]
    [InlineData("--udp")]
    public void A_shell_that_waits_for_the_ready_signal_can_use_the_server(params string[] args)
    {
        int port = args is ["--udp"] ? FreePort.Udp() : FreePort.Tcp();
        using TempFolder folder = new();
        const string Script = """
            mkfifo "$1/ready"; tool=$2; shift 2
            "$tool" serve --ready-fd 7 --pid-file pid "$@" 7>ready >log & read -r < ready
            exec "$tool" load "127.0.0.1:$PORT" -n 10 $(case " $* " in *--udp*) echo --udp;; esac)
            """;
        RunOptions options = new()
        {
            Folder = folder.Path,
            Environment = new Dictionary<string, string?> { ["PORT"] = $"{port}" }
        };
        using ToolProcess shell = ToolProcess.LaunchCommand("bash",
            ["-c", Script, "bash", folder.Path, Repository.Binary("epollecho"), "-p", $"{port}", .. args], options);
        shell.WaitForExit().Expect(0);
        int pid = int.Parse(File.ReadAllText(folder.File("pid")));
        ToolResult second = ToolProcess.Run("epollecho", "serve", "-p", "0", "--pid-file", folder.File("pid")).Expect(2);
        Assert.Contains("a running program holds it", second.Error);
        Assert.Equal(0, Signals.kill(pid, Signals.SIGTERM));
        Assert.True(SpinWait.SpinUntil(() => !Directory.Exists($"/proc/{pid}"), TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_ready_descriptor_that_is_closed_is_one_line_and_exit_code_2() =>
        Assert.Contains("--ready-fd 99",
            Assert.Single(ToolProcess.Run("epollecho", "serve", "-p", "0", "--ready-fd", "99").Expect(2).ErrorLines));

    [Theory]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void A_ready_descriptor_that_can_be_none_is_refused_with_the_range(string number) =>
        Assert.Contains($"--ready-fd: {number} is not between 0 and 65535",
            Assert.Single(ToolProcess.Run("epollecho", "serve", "-p", "0", "--ready-fd", number).Expect(2).ErrorLines));

    [LabTheory(Needs.RealRoot)]
    [InlineData("65534", "")]
    [InlineData("65534", "--model=fork")]
    [InlineData("65534", "--instances=2")]
    [InlineData("65534", "--udp")]
    [InlineData("1", "--user=daemon")]
    [InlineData("0", "--user=root")]
    public void Root_becomes_an_ordinary_user_once_it_listens(string uid, string arg)
    {
        using ToolProcess server = ToolProcess.Launch(
            "epollecho", ["serve", "-p", "0", "--json", .. arg.Length == 0 ? [] : (string[])[arg]],
            new RunOptions());
        int pid = JsonDocument.Parse(server.ReadLine()).RootElement.GetProperty("pid").GetInt32();
        foreach (int process in new[] { pid, server.Id })
        {
            string[] status = File.ReadAllLines($"/proc/{process}/status");
            Assert.Contains($"Uid:\t{uid}\t{uid}\t{uid}\t{uid}", status);
            Assert.Contains("CapEff:\t0000000000000000", status);
            Assert.Contains("CapPrm:\t0000000000000000", status);
        }

        server.Stop(Signals.SIGTERM).Expect(0);
    }

    [LabFact(Needs.RealRoot)]
    public void An_unknown_user_is_refused() =>
        Assert.Contains("nosuchuser", Assert.Single(
            ToolProcess.Run("epollecho", "serve", "-p", "0", "--user", "nosuchuser").Expect(2).ErrorLines));

    private static ToolProcess Pass(string kind, int count, string[] args) => ToolProcess.LaunchCommand("python3",
        ["-c", Activate, kind, $"{count}", Repository.Binary("epollecho"), "serve", "--json", .. args]);
}
