using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>What a setcap'd binary started by an ordinary user may do, and what it says without the capability.</summary>
[Collection("lab")]
public class PrivilegeLabTests
{
    private const string Nobody = "65534";

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    public void NoThreadHasACapabilityLeft()
    {
        using TempFolder folder = new();
        string binary = CopyForEverybody(folder);
        ToolProcess.RunCommand("setcap", "cap_net_raw+ep", binary).Expect(0);
        using ToolProcess ping = ToolProcess.LaunchCommand(
            "setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", binary, "-c", "0", "-i", "0.05", "127.0.0.1");
        ping.ReadUntil("icmp_seq=2");
        string[] threads = Directory.GetDirectories($"/proc/{ping.Id}/task");
        Assert.True(threads.Length >= 2, "the finalizer thread is missing: is this the right process?");
        foreach (string thread in threads)
        {
            Dictionary<string, string> status = File.ReadAllLines(Path.Combine(thread, "status"))
                .Select(line => line.Split(':', 2)).ToDictionary(parts => parts[0], parts => parts[1].Trim());
            Assert.All(["CapInh", "CapPrm", "CapEff", "CapAmb"], set => Assert.Equal("0000000000000000", status[set]));
            Assert.Equal("1", status["NoNewPrivs"]);
            Assert.StartsWith(Nobody, status["Uid"]);
        }

        ping.Stop().Expect(0);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv)]
    public void WithoutTheCapabilityItSaysHowToGiveIt()
    {
        using TempFolder folder = new();
        string binary = CopyForEverybody(folder);
        ToolResult result = ToolProcess.RunCommand(
            "setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", binary, "-c", "1", "127.0.0.1").Expect(2);
        Assert.Equal("rawping: opening a raw ICMP socket: EPERM: Operation not permitted "
            + $"(needs CAP_NET_RAW: run with sudo, or once: sudo setcap cap_net_raw+ep {binary})\n", result.Error);
        Assert.Equal("", result.Output);
    }

    [LabFact(Needs.RealRoot, Needs.Setpriv, Needs.Setcap)]
    public void OrdinaryUsersMayNotFlood()
    {
        using TempFolder folder = new();
        string binary = CopyForEverybody(folder);
        ToolProcess.RunCommand("setcap", "cap_net_raw+ep", binary).Expect(0);
        foreach (string[] args in new string[][] { ["-f"], ["-i", "0"], ["-i", "0.001"] })
        {
            ToolProcess.RunCommand("setpriv", ["--reuid", Nobody, "--regid", Nobody, "--clear-groups", binary, .. args, "127.0.0.1"]).Expect(2);
        }
    }

    private static string CopyForEverybody(TempFolder folder)
    {
        string binary = folder.File("rawping");
        File.Copy(Repository.Binary("rawping"), binary);
        ToolProcess.RunCommand("chmod", "755", folder.Path, binary).Expect(0);
        return binary;
    }
}
