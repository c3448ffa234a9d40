using System.Net;
using System.Net.Sockets;
using Xunit;
using Xunit.Sdk;

namespace NetTools.Tests.Support;

[Collection("lab")]
public class SupportTests
{
    [Fact]
    public void Captures_what_a_program_prints()
    {
        ToolResult result = ToolProcess.RunCommand("sh", ["-c", "cat; echo oops >&2; exit 3"], RunOptions.WithInput("hello\n"));
        Assert.Equal((3, "hello\n", "oops\n"), (result.ExitCode, result.Output, result.Error));
    }

    [Fact]
    public void Kills_what_runs_too_long_and_says_what_it_printed()
    {
        XunitException failure = Assert.Throws<XunitException>(() =>
            ToolProcess.RunCommand("sh", ["-c", "echo begun; sleep 100"], new RunOptions { Timeout = TimeSpan.FromSeconds(1) }));
        Assert.Contains("begun", failure.Message);
    }

    [Fact]
    public void Reads_lines_and_sends_signals()
    {
        using ToolProcess process = ToolProcess.LaunchCommand(
            "bash", "-c", "trap 'echo got it; exit 7' USR1; echo ready; while true; do sleep 0.05; done");
        Assert.Equal("ready", process.ReadLine());
        process.Signal(Signals.SIGUSR1);
        Assert.Equal("got it", process.ReadUntil("got"));
        process.WaitForExit().Expect(7);
    }

    [LabFact(Needs.Root, Needs.Ping)]
    public void A_pair_of_namespaces_carries_both_protocols_at_once()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair("8.8.8.8");
        foreach (string address in new[] { NetworkNamespaces.AddressB, NetworkNamespaces.Address6B, "8.8.8.8" })
        {
            ToolProcess.RunCommand("ping", ["-n", "-c", "1", "-W", "5", address], new RunOptions { Namespace = pair.A })
                .Expect(0);
        }
    }

    [LabFact(Needs.Root)]
    public void Test_code_runs_inside_a_namespace_and_the_namespace_goes()
    {
        string name;
        using (NetworkNamespaces single = NetworkNamespaces.Single())
        {
            name = single.A;
            NetworkNamespaces.Inside(name, () =>
            {
                using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 80));
            });
        }

        Assert.False(File.Exists($"/run/netns/{name}"));
    }

    [Fact]
    public void A_failure_names_its_seed()
    {
        XunitException failure = Assert.Throws<XunitException>(
            () => Seeded.Run(random => Assert.Equal(-1, random.Int(0, 9)), 42));
        Assert.Contains("seed 42", failure.Message);
    }
}
