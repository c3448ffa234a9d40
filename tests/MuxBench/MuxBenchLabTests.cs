using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.MuxBench;

[Collection("lab")]
public class MuxBenchLabTests
{
    [Fact]
    public void The_lab_measures_past_FD_SETSIZE()
    {
        JsonElement json = Json("--fds", "1000", "--json");
        Assert.Equal("muxbench", json.GetProperty("tool").GetString());
        Assert.True(json.GetProperty("environment").GetProperty("clock_overhead_ns").GetDouble() > 0);
        JsonElement[] points = [.. json.GetProperty("points").EnumerateArray()];
        Assert.Equal(["select", "poll", "epoll"], points.Select(point => point.GetProperty("mechanism").GetString()!));
        Assert.All(points, point =>
        {
            Assert.Equal(1000, point.GetProperty("fds").GetInt32());
            Assert.True(point.GetProperty("max_fd").GetInt32() > 1024);
            Assert.Equal(1, point.GetProperty("ready").GetInt32());
            double median = point.GetProperty("median_ns").GetDouble();
            double[] interval = [.. point.GetProperty("ci95_ns").EnumerateArray().Select(end => end.GetDouble())];
            Assert.Equal(2, interval.Length);
            Assert.InRange(median, interval[0], interval[1]);
            Assert.True(interval[0] > 0);
        });
    }

    [Fact]
    public void A_sweep_tells_the_orders_apart_and_writes_the_points()
    {
        using TempFolder folder = new();
        string csv = folder.File("mux.csv");
        JsonElement json = Json("--sweep", "10,100,1000,3000", "--mechanisms", "all", "--blocks", "6", "--json", "--csv", csv);
        Dictionary<string, JsonElement> fits =
            json.GetProperty("fits").EnumerateArray().ToDictionary(fit => fit.GetProperty("mechanism").GetString()!);
        Assert.Equal(8, fits.Count);
        foreach (string walk in (string[])["select", "poll", "ppoll"])
        {
            Assert.Equal("O(n)", fits[walk].GetProperty("order").GetString());
            Assert.True(fits[walk].GetProperty("per_fd_ns").GetDouble() > 1);
        }

        Assert.All(fits, fit => Assert.True(fit.Value.GetProperty("fixed_ns").ValueKind == JsonValueKind.Number));
        Assert.True(fits["epoll"].GetProperty("per_fd_ns").GetDouble() < fits["poll"].GetProperty("per_fd_ns").GetDouble() / 10);

        string[] lines = File.ReadAllLines(csv);
        Assert.Equal("mechanism,fds,max_fd,ready,median_ns,lo,hi,measure,timeout_ms,position", lines[0]);
        Assert.Equal(1 + (4 * 8), lines.Length);
        Assert.All(lines, line => Assert.Equal(10, line.Split(',').Length));
    }

    [Fact]
    public void A_call_that_waits_costs_poll_more_than_one_that_looks()
    {
        JsonElement json = Json("--fds", "1000", "--timeout", "-1,0", "--position", "first,last", "--mechanisms", "poll,epoll",
            "--blocks", "6", "--json");
        Dictionary<(string, int, string), double> median = json.GetProperty("points").EnumerateArray().ToDictionary(
            point => (point.GetProperty("mechanism").GetString()!, point.GetProperty("timeout_ms").GetInt32(),
                point.GetProperty("position").GetString()!),
            point => point.GetProperty("median_ns").GetDouble());
        Assert.Equal(8, median.Count);
        Assert.True(median[("poll", -1, "last")] > 1.5 * median[("poll", 0, "last")]);
        Assert.True(median[("poll", -1, "last")] > 1.5 * median[("poll", -1, "first")]);
        Assert.Equal(4, json.GetProperty("waiting").GetArrayLength());
        string text = ToolProcess.Run("muxbench", "--fds", "1000", "--timeout=-1,0", "--position", "last", "--blocks", "6")
            .Expect(0).Output;
        Assert.Contains("timeout -1", text, StringComparison.Ordinal);
        Assert.Contains("queues the caller on every", text.ReplaceLineEndings(" "), StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_carries_what_it_takes_to_believe_it()
    {
        JsonElement json = Json("--fds", "10", "--blocks", "5", "--seed", "7", "--json");
        Assert.Matches(@"^\d+\.\d+\.\d+$", json.GetProperty("version").GetString()!);
        DateTimeOffset started = json.GetProperty("started").GetDateTimeOffset();
        Assert.True(json.GetProperty("ended").GetDateTimeOffset() >= started);
        Assert.InRange((DateTimeOffset.UtcNow - started).TotalMinutes, 0, 5);
        Assert.Equal((5, 7), (json.GetProperty("blocks").GetInt32(), json.GetProperty("seed").GetInt32()));
        Assert.True(json.GetProperty("noise_floor_percent").GetDouble() > 0);
        Assert.Equal(JsonValueKind.Array, json.GetProperty("spoiled_by").ValueKind);
        Assert.False(json.GetProperty("interrupted").GetBoolean());
        Assert.All(json.GetProperty("points").EnumerateArray(), point =>
        {
            Assert.Equal(-1, point.GetProperty("timeout_ms").GetInt32());
            Assert.Equal(JsonValueKind.Null, point.GetProperty("ci95_ns").ValueKind); // five blocks carry none
            Assert.Equal(5, point.GetProperty("block_ns").GetArrayLength());
        });
        Assert.Equal("undecided", json.GetProperty("differences")[0].GetProperty("verdict").GetString());
    }

    [Fact]
    public void Two_runs_are_compared_and_two_of_different_things_are_not()
    {
        using TempFolder folder = new();
        foreach ((string name, string[] args) in new[]
        {
            ("a", (string[])["--fds", "300"]), ("b", ["--fds", "300", "--shared-table"]), ("c", ["--fds", "20"]),
            ("d", ["--fds", "300", "--seed", "3"]),
        })
        {
            File.WriteAllText(folder.File(name),
                ToolProcess.Run("muxbench", [.. args, "--blocks", "7", "--json"]).Expect(0).Output);
        }

        JsonElement json = Json("compare", folder.File("a"), folder.File("d"), "--json");
        Assert.Equal(3, json.GetProperty("differences").GetArrayLength());
        Assert.All(json.GetProperty("differences").EnumerateArray(), difference =>
            Assert.Equal(2, difference.GetProperty("ci95_ns").GetArrayLength()));
        Assert.Contains("verdict", ToolProcess.Run("muxbench", "compare", folder.File("a"), folder.File("d")).Expect(0).Output,
            StringComparison.Ordinal);
        Assert.Contains("descriptor_table is own in", Refused("a", "b"), StringComparison.Ordinal);
        Assert.Contains("no point is in both", Refused("a", "c"), StringComparison.Ordinal);
        Assert.Contains("ENOENT", Refused("a", "nothing"), StringComparison.Ordinal);

        string Refused(string a, string b) =>
            Assert.Single(ToolProcess.Run("muxbench", "compare", folder.File(a), folder.File(b)).Expect(2).ErrorLines);
    }

    [LabFact(Needs.Root)]
    public void A_quota_that_ran_out_spoils_the_result()
    {
        const string Controller = "/sys/fs/cgroup/cpu";
        if (!File.Exists($"{Controller}/cpu.cfs_quota_us"))
        {
            return; // cgroup v2 is read by the unit tests
        }

        string group = $"{Controller}/nettools-test-{Environment.ProcessId}";
        Directory.CreateDirectory(group);
        try
        {
            File.WriteAllText($"{group}/cpu.cfs_quota_us", "20000");
            ToolResult result = ToolProcess.RunCommand("sh", "-c",
                $"echo $$ > {group}/cgroup.procs; exec {Repository.Binary("muxbench")} --fds 2000 --blocks 20 --json").Expect(0);
            JsonElement json = JsonDocument.Parse(result.Output).RootElement;
            Assert.Contains("throttled", json.GetProperty("spoiled_by").EnumerateArray().Select(name => name.GetString()));
            Assert.Equal(0.2, json.GetProperty("machine").GetProperty("cpu_quota_cpus").GetDouble(), 3);
        }
        finally
        {
            Directory.Delete(group);
        }
    }

    [Fact]
    public void Wake_ups_registration_and_relays_are_measured_for_every_mechanism()
    {
        JsonElement json = Json("--fds", "50", "--measure", "all", "--mechanisms", "all", "--blocks", "3", "--json");
        Assert.Empty(json.GetProperty("missing").EnumerateArray());
        JsonElement[] points = [.. json.GetProperty("points").EnumerateArray()];
        Assert.Equal(6 * 8, points.Length);
        Dictionary<(string, string), double> median = points.ToDictionary(
            point => (point.GetProperty("measure").GetString()!, point.GetProperty("mechanism").GetString()!), point =>
                point.GetProperty("median_ns").GetDouble());
        Assert.True(median[("add", "epoll")] > 10 * median[("add", "poll")]); // a system call against a line in a table
        Assert.True(median[("wakeup", "epoll")] > median[("call", "epoll")]);
        Assert.True(median[("relay", "epoll")] > median[("call", "epoll")]);
    }

    [Theory]
    [InlineData("pipe", "50%", "--sparse")]
    [InlineData("tcp", "all", "--cold")]
    [InlineData("eventfd", "1%,all", "--sparse")]
    public void Kinds_shares_and_places_are_measured(string kind, string ready, string flag)
    {
        JsonElement json = Json("--sweep", "5,40", "--kind", kind, "--ready", ready, flag, "--mechanisms", "all", "--blocks", "3",
            "--json");
        Assert.Equal(kind, json.GetProperty("options").GetProperty("kind").GetString());
        JsonElement[] points = [.. json.GetProperty("points").EnumerateArray()];
        Assert.Equal(8 * 2 * ready.Split(',').Length, points.Length);
        Assert.All(points, point => Assert.True(point.GetProperty("median_ns").GetDouble() > 0));
        Assert.True(flag != "--sparse" || points[^1].GetProperty("max_fd").GetInt32() > 1000);
    }

    [Fact]
    public void The_descriptor_table_is_its_own_unless_asked_for()
    {
        Assert.Equal("own", Table("--fds", "10", "--blocks", "3", "--json"));
        Assert.Equal("shared", Table("--fds", "10", "--blocks", "3", "--json", "--shared-table"));

        static string? Table(params string[] args) =>
            Json(args).GetProperty("options").GetProperty("descriptor_table").GetString();
    }

    [Fact]
    public void The_help_fits_the_terminal_and_ends_with_examples()
    {
        string[] lines = ToolProcess.Run("muxbench", "--help").Expect(0).OutputLines;
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 80));
        Assert.StartsWith("  muxbench", lines[^1], StringComparison.Ordinal);
    }

    [LabFact(Needs.Mandoc)]
    public void The_manual_is_clean_and_names_every_option()
    {
        string page = Path.Combine(Repository.Root, "tools/muxbench/muxbench.1");
        Assert.Empty(ToolProcess.RunCommand("mandoc", "-T", "lint", "-W", "warning", page).Output);
        string text = File.ReadAllText(page);
        IEnumerable<string> options = ToolProcess.Run("muxbench", "--help").OutputLines
            .Where(line => line.StartsWith("  --", StringComparison.Ordinal)).Select(line => line.Trim()[2..].Split('=', ' ')[0]);
        Assert.All(options.Except(["help", "version"]), option =>
            Assert.Contains($"Fl -{option}", text, StringComparison.Ordinal));
    }

    [LabFact(Needs.Gnuplot)]
    public void The_gnuplot_script_draws_and_the_plot_fits()
    {
        using TempFolder folder = new();
        ToolResult result = ToolProcess.Run("muxbench", "--sweep", "2,20,200", "--measure", "call,relay", "--blocks", "3",
            "--plot", "--gnuplot", folder.File("mux.gp")).Expect(0);
        Assert.All(result.OutputLines, line => Assert.InRange(line.Length, 0, 80));
        string[] plot = [.. result.OutputLines.Where(line => line.Length > 10 && line[10] is ('|' or '+'))];
        Assert.True(plot.Length > 10, $"no plot: {result}");
        ToolResult drawn = ToolProcess.RunCommand("gnuplot", folder.File("mux.gp")).Expect(0);
        Assert.StartsWith("<?xml", drawn.Output, StringComparison.Ordinal);
        Assert.Contains(">epoll<", drawn.Output, StringComparison.Ordinal);
        Assert.Empty(drawn.Error);
    }

    [Fact]
    public void An_interrupted_sweep_prints_what_it_has()
    {
        using ToolProcess process = ToolProcess.Launch("muxbench", "--sweep", "100,1000,3000", "--blocks", "100000", "--json");
        Thread.Sleep(3000);
        ToolResult result = process.Stop().Expect(0);
        JsonElement json = JsonDocument.Parse(result.Output).RootElement;
        Assert.True(json.GetProperty("interrupted").GetBoolean());
        Assert.Equal(9, json.GetProperty("points").GetArrayLength());
        Assert.StartsWith("muxbench: interrupted", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("muxbench: --fds 0: ", "--fds", "0")]
    [InlineData("muxbench: --mechanisms kqueue: unknown", "--mechanisms", "kqueue")]
    [InlineData("muxbench: creating /nowhere/mux.csv: ENOENT", "--csv", "/nowhere/mux.csv")]
    [InlineData("muxbench: unknown option --frobnicate", "--frobnicate")]
    [InlineData("muxbench: watching 2,000,000,000 descriptors takes", "--fds", "2000000000")]
    public void What_is_not_possible_is_one_line(string start, params string[] args)
    {
        ToolResult result = ToolProcess.Run("muxbench", args).Expect(2);
        Assert.StartsWith(start, Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [LabFact(Needs.Prlimit)]
    public void The_soft_limit_is_raised_and_the_hard_one_is_told()
    {
        string binary = Repository.Binary("muxbench");
        ToolProcess.RunCommand("prlimit", "--nofile=64:1000", binary, "--fds", "400", "--blocks", "3").Expect(0);
        ToolResult refused = ToolProcess.RunCommand("prlimit", "--nofile=64:1000", binary, "--fds", "500").Expect(2);
        Assert.Contains("the hard limit is 1,000: at most 484 here", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
    }

    private static JsonElement Json(params string[] args) =>
        JsonDocument.Parse(Assert.Single(ToolProcess.Run("muxbench", args, new RunOptions { Timeout = TimeSpan.FromSeconds(60) })
            .Expect(0).OutputLines)).RootElement;
}
