using System.Net;
using System.Net.Sockets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

/// <summary>A server that is short of threads, or full of strangers, serves on.</summary>
[Collection("lab")]
public class ScarcityLabTests
{
    /// <summary>
    /// The second clone(2) of the server is that of the first job, after the one for its signals; clone3(2) is hidden by the
    /// sandbox.
    /// </summary>
    [LabFact(Needs.Root, Needs.Strace)]
    public void A_thread_that_cannot_start_costs_one_job_and_not_the_server()
    {
        using TempFolder folder = new();
        int port = FreePort.Tcp();
        using ToolProcess server = ToolProcess.LaunchCommand("strace", ["-f", "-o", folder.File("trace"), "-e",
            "trace=clone", "-e", "inject=clone:error=EAGAIN:when=2", Repository.Binary("optbench"), "server", "-p", $"{port}",
            "--user", "root"]);
        server.ReadUntil("listening");
        string[] client = ["duplex", "--server", $"127.0.0.1:{port}", "--quick", "--time", "15", "--bytes", "5000000"];
        ToolResult refused = ToolProcess.Run("optbench", client).Expect(2);
        Assert.Equal($"optbench: server 127.0.0.1:{port}: it has too many jobs already (try again later)",
            Assert.Single(refused.ErrorLines));
        Assert.Contains("(INJECTED)", File.ReadAllText(folder.File("trace")), StringComparison.Ordinal);

        List<TcpClient> strangers = [];
        try
        {
            for (int i = 0; i < 300; i++)
            {
                strangers.Add(new());
                strangers[^1].Connect(IPAddress.Loopback, port);
            }

            ToolProcess.Run("optbench", client).Expect(0);
        }
        finally
        {
            strangers.ForEach(stranger => stranger.Dispose());
        }

        Assert.False(server.HasExited, "the server ended");
    }
}
