using System.Net.Sockets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.EpollEcho;

/// <summary>A server whose reports cannot be written goes on serving, says so once, and ends with exit code 1.</summary>
[Collection(LabLanes.Peers)]
public class ServeLogTests
{
    [Theory]
    [InlineData("exec \"$@\" >/dev/full", "ENOSPC: No space left on device")]
    [InlineData("exec \"$@\" >&-", "EBADF: Bad file descriptor")]
    [InlineData("{ sleep 0.2; exec \"$@\"; } | true; exit ${PIPESTATUS[0]}", "EPIPE: Broken pipe")]
    public void A_log_that_cannot_be_written_does_not_end_it(string script, string error)
    {
        int port = FreePort.Tcp();
        using TempFolder folder = new();
        using ToolProcess shell = ToolProcess.LaunchCommand("bash", ["-c", script, "bash", Repository.Binary("epollecho"),
            "serve", "-p", $"{port}", "--stats", "1", "--user", "root", "--pid-file", folder.File("pid")]);
        Assert.Contains(error, shell.ReadErrorUntil("serving goes on without"));
        Thread.Sleep(1300); // a line of --stats
        int pid = int.Parse(File.ReadAllText(folder.File("pid")));
        Assert.Equal(0, Signals.kill(pid, Signals.SIGUSR1));
        Echo(port);
        Assert.Equal(0, Signals.kill(pid, Signals.SIGTERM));
        ToolResult result = shell.WaitForExit().Expect(1);
        Assert.Single(result.ErrorLines);
        Assert.False(File.Exists(folder.File("pid")));
    }

    [Fact]
    public void Head_takes_its_line_and_sigusr1_does_not_end_it()
    {
        int port = FreePort.Tcp();
        using TempFolder folder = new();
        using ToolProcess shell = ToolProcess.LaunchCommand("bash", ["-c", "\"$@\" | head -n 1; exit ${PIPESTATUS[0]}", "bash",
            Repository.Binary("epollecho"), "serve", "-p", $"{port}", "--instances", "2", "--pid-file", folder.File("pid")]);
        Assert.StartsWith("listening", shell.ReadLine());
        Thread.Sleep(300);
        int pid = int.Parse(File.ReadAllText(folder.File("pid")));
        for (int i = 0; i < 2; i++)
        {
            Assert.Equal(0, Signals.kill(pid, Signals.SIGUSR1));
            Thread.Sleep(100);
            Echo(port);
        }

        Assert.Equal(0, Signals.kill(pid, Signals.SIGTERM));
        shell.WaitForExit().Expect(1);
    }

    [Fact]
    public void A_reader_that_sleeps_does_not_stop_the_server()
    {
        using TempFolder folder = new();
        int port = FreePort.Tcp();
        using ToolProcess shell = ToolProcess.LaunchCommand("bash", ["-c", "\"$@\" | sleep 60", "bash",
            Repository.Binary("epollecho"), "serve", "-p", $"{port}", "--json", "--user", "root", "--pid-file",
            folder.File("pid")]);
        Assert.True(SpinWait.SpinUntil(() => File.Exists(folder.File("pid")), TimeSpan.FromSeconds(10)));
        Thread.Sleep(300);
        int pid = int.Parse(File.ReadAllText(folder.File("pid")));
        for (int i = 0; i < 400; i++)
        {
            Assert.Equal(0, Signals.kill(pid, Signals.SIGUSR1)); // some 300 bytes each: the pipe is full long before the end
            Thread.Sleep(1);
        }

        Echo(port);
        Assert.Equal(0, Signals.kill(pid, Signals.SIGKILL));
    }

    private static void Echo(int port)
    {
        using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        socket.Connect("127.0.0.1", port);
        socket.Send("x"u8);
        Assert.Equal(1, socket.Receive(new byte[1]));
    }
}
