using NetTools.Os;
using NetTools.RawPing.Report;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

[Collection(LabLanes.RawPing)]
public class PrometheusReportTests
{
    private static readonly HostAddress s_address = HostAddress.From(System.Net.IPAddress.Loopback);

    [Fact]
    public void Each_host_has_its_counters_and_times_in_seconds()
    {
        TargetResult target = new(new Target("a\"b", s_address)) { Due = 3, Transmitted = 2, Received = 1 };
        target.Rtt.Add(20 * TimeUnits.Millisecond);
        target.AddUnsent(3, errno: 105, TimeUnits.Second);
        TargetResult twice = new(new Target("a\"b", s_address));
        string[] lines = new PrometheusReport("x", [new UnknownHost("none.test", "no address")])
            .Text([target, twice], 1_500_000_000).Split('\n');
        const string Label = "target=\"a\\\"b\",address=\"127.0.0.1\"";
        Assert.Contains("# TYPE rawping_transmitted_total counter", lines);
        Assert.Contains($"rawping_transmitted_total{{{Label}}} 2", lines);
        Assert.Contains($"rawping_transmitted_total{{{Label},ordinal=\"2\"}} 0", lines);
        Assert.Contains($"rawping_lost_total{{{Label}}} 1", lines);
        Assert.Contains($"rawping_send_errors_total{{{Label},errno=\"ENOBUFS\"}} 1", lines);
        Assert.Contains($"rawping_rtt_seconds{{{Label},quantile=\"0.95\"}} 0.02", lines);
        Assert.Contains($"rawping_rtt_seconds_sum{{{Label}}} 0.02", lines);
        Assert.Contains($"rawping_rtt_seconds_count{{{Label}}} 1", lines);
        Assert.Contains("rawping_unresolved{target=\"none.test\"} 1", lines);
        Assert.Contains("rawping_last_write_timestamp_seconds 1.5", lines);
        Assert.Equal(lines.Length, lines.Distinct().Count());
    }

    [LabFact(Needs.Root)]
    public void The_file_is_whole_from_the_start_and_counts_on_while_the_run_lasts()
    {
        using NetworkNamespaces single = NetworkNamespaces.Single();
        using TempFolder folder = new();
        string path = folder.File("ping.prom");
        using ToolProcess ping = ToolProcess.Launch("rawping",
            ["--prometheus", path, "--every", "0.1", "-i", "0.1", "-c", "0", "127.0.0.1"],
            new RunOptions { Namespace = single.A });
        long received = 0;
        for (long end = Environment.TickCount64 + 20_000; received < 3; Thread.Sleep(20))
        {
            Assert.True(Environment.TickCount64 < end && !ping.HasExited, ping.ErrorSoFar);
            received = File.Exists(path) ? Received(path) : 0;
        }

        ToolResult result = ping.Stop().Expect(0);
        Assert.Contains($" {Received(path)} received", result.Output);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
        Assert.Contains("creating ", ToolProcess.Run("rawping",
            ["--prometheus", folder.File("none/x.prom"), "-c", "1", "127.0.0.1"],
            new RunOptions { Namespace = single.A }).Expect(2).Error);
    }

    [Fact]
    public void A_fifo_is_refused_and_stays_and_a_link_leads_to_its_file()
    {
        using TempFolder folder = new();
        string fifo = folder.File("fifo");
        ToolProcess.RunCommand("mkfifo", fifo).Expect(0);
        string refused = Assert.Throws<OperationFailedException>(() => new PrometheusReport(fifo, []).Begin([])).Message;
        Assert.Contains("is not a regular file", refused, StringComparison.Ordinal);
        ToolProcess.RunCommand("test", "-p", fifo).Expect(0);

        string link = folder.File("link");
        File.CreateSymbolicLink(link, "file");
        new PrometheusReport(link, []).Begin([]);
        Assert.Equal("file", new FileInfo(link).LinkTarget);
        Assert.Contains("# TYPE", File.ReadAllText(folder.File("file")), StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(folder.Path).Length);
    }

    private static long Received(string path)
    {
        string text = File.ReadAllText(path);
        Assert.Contains("rawping_last_write_timestamp_seconds ", text[text.LastIndexOf("# TYPE", StringComparison.Ordinal)..]);
        return long.Parse(text.Split('\n').Single(line => line.StartsWith("rawping_received_total{")).Split(' ')[1]);
    }
}
