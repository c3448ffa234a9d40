using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;
using static NetTools.Tests.Support.JsonElements;

namespace NetTools.Tests.EpollEcho;

/// <summary>The logs of load runs, and what <c>epollecho merge</c> makes of them.</summary>
[Collection("lab")]
public class LoadLogTests
{
    [Fact]
    public void Logs_of_a_run_agree_with_its_report_and_add_up()
    {
        using EchoServer server = new();
        using TempFolder folder = new();
        (string csv, string log, string hlog) = (folder.File("csv"), folder.File("log"), folder.File("hlog"));
        string[] load = ["-c", "4", "-d", "1.5", "--rate", "200", "--csv", csv, "--log", log, "--hlog", hlog, "--processes", "2"];
        JsonElement report = server.Load(load).Expect(0).Json;
        Assert.Equal(300, Int(report, "requests"));
        string[] seconds = File.ReadAllLines(csv);
        Assert.Equal("end_s,requests,failed,p50_us,p90_us,p99_us,max_us,connection_failures", seconds[0]);
        Assert.StartsWith("1,", seconds[1]); // whole seconds
        Assert.Equal(300, seconds.Skip(1).Sum(line => int.Parse(line.Split(',')[1])));
        string[] requests = File.ReadAllLines(log);
        Assert.Equal(301, requests.Length);
        Assert.All(requests.Skip(1), line => Assert.Matches(@"^\d+\.\d{6},\d+,\d+\.\d{3},,ok$", line));
        JsonElement twice = ToolProcess.Run("epollecho", "merge", hlog, hlog, "--json").Expect(0).Json;
        Assert.Equal((600, 600, 0), (Int(twice, "requests"), Int(twice, "due"), Int(twice, "failed")));
        double rate = report.GetProperty("requests_per_s").GetDouble();
        Assert.Equal(2 * rate, twice.GetProperty("requests_per_s").GetDouble(), rate / 100);
        double p99 = report.GetProperty("latency_us").GetProperty("p99").GetDouble();
        Assert.Equal(p99, twice.GetProperty("latency_us").GetProperty("p99").GetDouble(), p99 / 500);
    }

    [Fact]
    public void Another_reader_of_the_log_finds_the_same_latencies()
    {
        using EchoServer server = new();
        using TempFolder folder = new();
        string hlog = folder.File("hlog");
        JsonElement report = server.Load("-c", "4", "-d", "1200ms", "--rate", "500", "--hlog", hlog).Expect(0).Json;
        using FileStream file = File.OpenRead(hlog);
        HdrHistogram.HistogramBase[] seconds = [.. new HdrHistogram.HistogramLogReader(file).ReadHistograms()];
        Assert.Equal(2, seconds.Length);
        HdrHistogram.LongHistogram sum = new(3_600_000_000_000, 3);
        Array.ForEach(seconds, second => sum.Add(second));
        Assert.Equal(600, sum.TotalCount);
        foreach ((string name, double percent) in new[] { ("p50", 50.0), ("p90", 90), ("max", 100) })
        {
            double ours = report.GetProperty("latency_us").GetProperty(name).GetDouble();
            Assert.Equal(ours, sum.GetValueAtPercentile(percent) / 1e3, ours / 500);
        }

        // The form itself, by its description: base64 of a cookie, a length and a zlib stream; its counts are ZigZag LEB128.
        long counted = File.ReadLines(hlog).Where(line => line[0] is not ('#' or '"'))
            .Sum(line => HdrLog.Counts(line.Split(',')[3]).Sum());
        Assert.Equal(600, counted);
    }

    [Fact]
    public void A_merged_log_without_its_end_is_not_in_the_counts_and_the_sum_says_so()
    {
        using EchoServer server = new();
        using TempFolder folder = new();
        (string whole, string cut) = (folder.File("whole.hlog"), folder.File("cut.hlog"));
        server.Load("-n", "20", "--hlog", whole).Expect(0);
        File.WriteAllLines(cut, File.ReadAllLines(whole)[..^1]);
        Assert.Contains("unsent 0 (not counting 1 run cut short)",
            ToolProcess.Run("epollecho", "merge", whole, cut).Expect(1).Output, StringComparison.Ordinal);
        JsonElement sum = ToolProcess.Run("epollecho", "merge", whole, cut, "--json").Expect(1).Json;
        JsonElement[] runs = [.. sum.GetProperty("runs").EnumerateArray()];
        Assert.Equal(40, Int(sum, "requests"));
        Assert.Equal(20, Int(runs[0], "due"));
        Assert.Equal(JsonValueKind.Null, sum.GetProperty("due").ValueKind);
        Assert.Equal(JsonValueKind.Null, runs[1].GetProperty("due").ValueKind);
        Assert.Matches(@"(?m)^cut .* cut short$", ToolProcess.Run("epollecho", "merge", cut).Expect(1).Output);
    }

    [Fact]
    public void A_run_without_requests_has_no_rate()
    {
        using TempFolder folder = new();
        string log = folder.File("never.hlog");
        File.WriteAllText(log, "#[epollecho ended=not_reached]\n");
        string text = ToolProcess.Run("epollecho", "merge", log).Expect(1).Output;
        Assert.Contains(" in 0.000 s, -/s", text, StringComparison.Ordinal);
        JsonElement sum = ToolProcess.Run("epollecho", "merge", log, "--json").Expect(1).Json;
        Assert.Equal(JsonValueKind.Null, sum.GetProperty("requests_per_s").ValueKind);
        ToolProcess.Run("epollecho", "merge", log, "--json", "--histogram").Expect(2);
    }

    [Fact]
    public void Merging_what_is_not_a_log_is_refused()
    {
        using TempFolder folder = new();
        string file = folder.File("x");
        File.WriteAllText(file, "nonsense\n");
        Assert.Contains("line 1", Assert.Single(ToolProcess.Run("epollecho", "merge", file).Expect(2).ErrorLines));
        ToolProcess.Run("epollecho", "merge", folder.File("none")).Expect(2);
    }
}
