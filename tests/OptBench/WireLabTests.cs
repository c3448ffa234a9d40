using System.Text.Json;
using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

/// <summary>What the experiments report, against what tcpdump sees of them on the wire.</summary>
[Collection("lab")]
public partial class WireLabTests
{
    [LabFact(Needs.Root, Needs.Tcpdump)]
    public void A_cork_is_one_segment_on_the_wire_and_two_writes_are_two()
    {
        (JsonElement[] experiments, string[] lines) = Watch("tcp", "cork", "--blocks", "3", "--time", "1.5");
        Match[] segments = [.. lines.Select(line => Segment().Match(line)).Where(match => match.Success)];
        JsonElement[] facts = [.. experiments[0].GetProperty("facts").EnumerateArray()];
        Assert.Equal(5, facts.Length);

        // Each visit has a connection of its own. Its greeting has 128 bytes and its request 160, a header 100, a body 1000.
        Dictionary<string, int> kinds = segments.Where(s => s.Groups[2].Value != "S").GroupBy(s => s.Groups[1].Value)
            .Select(port => string.Join('+', port.Select(s => s.Groups[3].Value).Where(size => size is "100" or "1000" or "1100")
                .Distinct().OrderBy(int.Parse)))
            .Where(sizes => sizes.Length > 0).GroupBy(sizes => sizes).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(["100+1000", "1100"], kinds.Keys.Order());
        int two = facts.Count(row => row.GetProperty("segments_per_message").GetDouble() is > 1.9 and < 2.1);
        int one = facts.Count(row => row.GetProperty("segments_per_message").GetDouble() is > 0.9 and < 1.1);
        Assert.Equal((2, 3), (two, one));
        Assert.True(kinds["1100"] > kinds["100+1000"], string.Join(", ", kinds));
    }

    [LabFact(Needs.Root, Needs.Tcpdump)]
    public void The_window_scale_reported_is_that_of_the_SYN()
    {
        (JsonElement[] experiments, string[] lines) = Watch(
            "tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", "rcvbuf", "--blocks", "3", "--time", "2", "--bytes", "3000000");
        Dictionary<string, int> seen = lines.Select(line => WindowScale().Match(line)).Where(match => match.Success)
            .GroupBy(match => match.Groups[1].Value).ToDictionary(group => group.Key, group => group.Count());
        JsonElement[] facts = [.. experiments[0].GetProperty("facts").EnumerateArray()];
        int standard = facts.Single(row => row.GetProperty("arm").GetString() == "rcvbuf=auto").GetProperty("window_scale")
            .GetInt32();
        int[] scales = [.. facts.Select(row => row.GetProperty("window_scale").GetInt32())];
        Assert.Equal(0, scales[0]);
        int least = experiments[0].GetProperty("arms")[0].GetProperty("blocks").GetArrayLength();
        Assert.All(scales, scale => Assert.True(
            seen.GetValueOrDefault($"{scale}") >= least, $"scale {scale} in {string.Join(", ", seen)}"));
        Assert.Equal(seen.Keys.Order(), scales.Append(standard).Select(scale => $"{scale}").Distinct().Order());
        Assert.Equal(standard, facts.Single(row => row.GetProperty("arm")
            .GetString()!.StartsWith("rcvbuf-late", StringComparison.Ordinal)).GetProperty("window_scale").GetInt32());
    }

    private static (JsonElement[] Experiments, string[] Lines) Watch(string filter, params string[] words)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A, Timeout = TimeSpan.FromSeconds(60) };
        using ToolProcess tcpdump = ToolProcess.LaunchCommand(
            "tcpdump", ["-i", "lo", "-n", "-l", "-s", "120", "-B", "16384", "--immediate-mode", filter], inside);
        tcpdump.ReadErrorUntil("listening on");
        using JsonDocument json = JsonDocument.Parse(ToolProcess.Run("optbench", [.. words, "--json"], inside).Expect(0).Output);
        JsonElement[] experiments = [.. json.RootElement.Clone().GetProperty("experiments").EnumerateArray()];
        Thread.Sleep(500); // what it has not read when it is stopped, it does not print
        return (experiments, tcpdump.Stop().OutputLines);
    }

    [GeneratedRegex(@"IP 127\.0\.0\.1\.(\d+) > .* Flags \[([^\]]+)\], .*length (\d+)")]
    private static partial Regex Segment();

    [GeneratedRegex(@"Flags \[S\], .*wscale (\d+)")]
    private static partial Regex WindowScale();
}
