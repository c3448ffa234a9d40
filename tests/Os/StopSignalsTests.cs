using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Os;

[Collection("lab")]
public class StopSignalsTests
{
    [Theory]
    [InlineData("exec \"$@\"", Signals.SIGINT)]
    [InlineData("exec \"$@\"", Signals.SIGTERM)]
    [InlineData("exec \"$@\"", Signals.SIGHUP)]
    [InlineData("trap '' INT; exec \"$@\"", Signals.SIGINT)] // as a shell starts a background job
    public void A_signal_ends_a_tool_in_order(string script, int signal)
    {
        using ToolProcess server = Serve(script);
        Assert.Contains("summary", server.Stop(signal).Expect(0).OutputLines[^1]);
    }

    [Fact]
    public void Nohup_keeps_a_tool_running()
    {
        using ToolProcess server = Serve("trap '' HUP; exec \"$@\"");
        server.Signal(Signals.SIGHUP);
        server.Signal(Signals.SIGUSR1);
        Assert.Contains("summary", server.ReadLine());
        Assert.False(server.HasExited);
        server.Stop(Signals.SIGTERM).Expect(0);
    }

    private static ToolProcess Serve(string script)
    {
        ToolProcess server = ToolProcess.LaunchCommand(
            "bash", "-c", script, "bash", Repository.Binary("epollecho"), "serve", "-p", "0", "--json");
        Assert.Contains("listening", server.ReadLine());
        return server;
    }
}
