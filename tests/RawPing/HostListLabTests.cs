using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Hosts as they are given: names without an address, files, ranges, and what cannot be reached.</summary>
[Collection(LabLanes.RawPing)]
public class HostListLabTests
{
    [LabFact(Needs.Root)]
    public void One_unknown_name_among_several_is_reported_and_the_others_are_pinged()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        string[] args = ["-c", "1", NetworkNamespaces.AddressB, "nosuch.invalid"];
        ToolResult text = ToolProcess.Run("rawping", args, new RunOptions { Namespace = pair.A }).Expect(1);
        Assert.Contains("1 received, 0% packet loss", text.Output);
        Assert.StartsWith("rawping: host nosuch.invalid: ", text.Error);
        JsonElement last = JsonDocument.Parse(ToolProcess.Run("rawping", ["--json", .. args],
            new RunOptions { Namespace = pair.A })
            .Expect(1).OutputLines[^1]).RootElement;
        Assert.Equal(("nosuch.invalid", JsonValueKind.Null), (last.GetProperty("target").GetString(),
            last.GetProperty("address").ValueKind));
        ToolProcess.Run("rawping", ["-c", "1", "nosuch.invalid", "other.invalid"],
            new RunOptions { Namespace = pair.A }).Expect(2);
    }

    [LabFact(Needs.Root)]
    public void A_file_may_have_comments_and_its_silent_hosts_are_listed()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using TempFolder folder = new();
        File.WriteAllText(folder.File("hosts"), $"{NetworkNamespaces.AddressB} the far end\n10.77.0.66\tnobody\n");
        string[] args = ["-F", folder.File("hosts"), "-W", "0.3"];
        ToolResult all = ToolProcess.Run("rawping", args, new RunOptions { Namespace = pair.A }).Expect(0);
        Assert.Contains("10.77.0.66 did not answer\n", all.Output);
        Assert.Contains($"{NetworkNamespaces.AddressB} is alive", all.Output);
        Assert.Equal("10.77.0.66\n", ToolProcess.Run("rawping", [.. args, "--dead"],
            new RunOptions { Namespace = pair.A }).Expect(0).Output);
        ToolProcess.Run("rawping", [.. args, "--min-reachable", "2"], new RunOptions { Namespace = pair.A }).Expect(1);
    }

    [LabFact(Needs.Root)]
    public void Silent_hosts_of_a_sweep_are_tried_again()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        int asked = 0;
        using EchoResponder responder = new(pair, request => ++asked < 3 ? [] : [Answer.To(request.Message)]);
        ToolResult result = ToolProcess.Run("rawping",
            ["--json", "-g", $"{NetworkNamespaces.AddressB}/32", "-W", "0.1", "--retries", "4"],
                new RunOptions { Namespace = pair.A }).Expect(0);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal((3, 1, 2), (json.GetProperty("transmitted").GetInt32(), json.GetProperty("received").GetInt32(),
            json.GetProperty("lost").GetInt32()));
        Assert.Equal(3, json.GetProperty("replies")[0].GetProperty("seq").GetInt32());
    }

    [LabFact(Needs.Root)]
    public void An_interface_and_an_address_may_be_given_together()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolResult result = ToolProcess.Run("rawping",
            ["-c", "1", "-I", NetworkNamespaces.InterfaceA, "-I", NetworkNamespaces.AddressA, NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A }).Expect(0);
        Assert.Contains($" from {NetworkNamespaces.AddressA} {NetworkNamespaces.InterfaceA}: ", result.Output);
    }

    [LabTheory(Needs.Root)]
    [InlineData("needs its interface", "fe80::1")]
    [InlineData("EINVAL", "10.9.0.1")]
    [InlineData("a prohibit route", "10.9.0.2")]
    [InlineData("EHOSTUNREACH", "10.9.0.3")]
    [InlineData("ENETUNREACH", "192.0.2.1")]
    [InlineData("EINVAL", "--trace", "10.9.0.1")]
    [InlineData("reading /tmp: EISDIR", "--payload", "/tmp", "10.77.0.2")]
    [InlineData("opening /nosuch: ENOENT", "-F", "/nosuch")]
    [InlineData("host xn--mnchen-3ya.invalid", "münchen.invalid")]
    [InlineData("-c 1.5: not a whole number", "-c", "1.5", "10.77.0.2")]
    [InlineData("-c -1: out of range", "-c", "-1", "10.77.0.2")]
    [InlineData("the size is 0 to 65507 bytes", "-s", "64K", "10.77.0.2")]
    [InlineData("the size is 0 to 65507 bytes", "-s", "65508", "10.77.0.2")]
    public void What_cannot_run_is_one_clear_line(string expected, params string[] args)
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        ToolProcess.RunCommand("sh", ["-c",
            "ip route add blackhole 10.9.0.1; ip route add prohibit 10.9.0.2; ip route add unreachable 10.9.0.3"],
            new RunOptions { Namespace = pair.A }).Expect(0);
        ToolResult result = ToolProcess.Run("rawping", ["-c", "1", .. args], new RunOptions { Namespace = pair.A }).Expect(2);
        Assert.Contains(expected, Assert.Single(result.ErrorLines));
        Assert.Equal("", result.Output);
    }

    [LabTheory(Needs.Root)]
    [InlineData("-s", "65527", "-c", "1", "::1")]
    [InlineData("-s", "1K", "-c", "0.001k", "-S", "64K", "127.0.0.1")]
    [InlineData("-c", "9223372036854775807", "-i", "0.2", "-w", "1", "127.0.0.1", "::1")]
    public void The_largest_values_work(params string[] args)
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        ToolResult result = ToolProcess.Run("rawping", args, new RunOptions { Namespace = single.A });
        Assert.Contains("0% packet loss", result.Output);
        Assert.Equal("", result.Error);
    }
}
