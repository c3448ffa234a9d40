using System.Globalization;
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
        (JsonElement[] experiments, string[] lines) = Watch("tcp", "cork", "--blocks", "3", "--time", "0.6");
        Match[] segments = [.. lines.Select(line => Segment().Match(line)).Where(match => match.Success)];
        string[] clients = [.. segments.Where(s => s.Groups[2].Value == "S").Select(s => s.Groups[1].Value)];
        JsonElement[] facts = [.. experiments[0].GetProperty("facts").EnumerateArray()];
        Assert.Equal(5, facts.Length);
        for (int i = 0; i < facts.Length; i++)
        {
            // The arms connect in the order of the table. The request of a job has 128 bytes, a header 100, a body 1000.
            string port = clients[i];
            int[] sizes = [.. segments.Where(s => s.Groups[1].Value == port).Select(s => int.Parse(s.Groups[3].Value, CultureInfo.InvariantCulture))
                .Where(size => size is not (0 or 128)).Distinct().Order()];
            string perMessage = facts[i].GetProperty("segments_per_message").GetString()!;
            Assert.Equal(perMessage == "2.0" ? [100, 1000] : [1100], sizes);
        }
    }

    [LabFact(Needs.Root, Needs.Tcpdump)]
    public void The_window_scale_reported_is_that_of_the_SYN()
    {
        const int Visits = 3 + 1; // the warm-up block
        (JsonElement[] experiments, string[] lines) = Watch("tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn", "rcvbuf", "--blocks", "3", "--time", "0.6", "--bytes", "3000000");
        Dictionary<string, int> seen = lines.Select(line => WindowScale().Match(line)).Where(match => match.Success)
            .GroupBy(match => match.Groups[1].Value).ToDictionary(group => group.Key, group => group.Count());
        JsonElement[] facts = [.. experiments[0].GetProperty("facts").EnumerateArray()];
        string standard = facts.Single(row => row.GetProperty("arm").GetString() == "rcvbuf=auto").GetProperty("window_scale").GetString()!;
        string[] scales = [.. facts.Select(row => row.GetProperty("window_scale").GetString()!)];
        Assert.Equal("0", scales[0]);
        foreach (string scale in scales.Where(scale => scale != standard))
        {
            Assert.Equal(Visits * scales.Count(other => other == scale), seen[scale]);
        }

        Assert.Equal(standard, facts.Single(row => row.GetProperty("arm").GetString()!.StartsWith("rcvbuf-late", StringComparison.Ordinal)).GetProperty("window_scale").GetString());
        Assert.True(seen[standard] >= Visits * 2); // autotuned, and set too late; and the connections on which the server reports
    }

    private static (JsonElement[] Experiments, string[] Lines) Watch(string filter, params string[] words)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A, Timeout = TimeSpan.FromSeconds(60) };
        using ToolProcess tcpdump = ToolProcess.LaunchCommand("tcpdump", ["-i", "lo", "-n", "-l", "-s", "120", "-B", "16384", "--immediate-mode", filter], inside);
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
