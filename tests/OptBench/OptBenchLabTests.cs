using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

[Collection("lab")]
public partial class OptBenchLabTests
{
    [Fact]
    public void Nagle_waits_in_write_write_read_and_not_in_ping_pong()
    {
        using TempFolder folder = new();
        JsonElement root = Measure("nodelay", "--blocks", "8", "--time", "3", "--csv", folder.File("samples.csv"));
        JsonElement pingPong = root.GetProperty("experiments")[0];
        JsonElement writeWriteRead = root.GetProperty("experiments")[1];
        Assert.InRange(Median(pingPong, "nodelay=off"), 0.1, 5_000);
        Assert.InRange(Median(pingPong, "nodelay=on"), 0.1, 5_000);
        Assert.InRange(Median(writeWriteRead, "nodelay=off"), 30_000, 1_000_000);
        Assert.InRange(Median(writeWriteRead, "nodelay=on"), 0.1, 5_000);
        Assert.InRange(Median(writeWriteRead, "quickack=rearmed"), 0.1, 5_000);
        // (A busy machine may not come to the six blocks that carry an interval.)
        bool carried = writeWriteRead.GetProperty("arms").EnumerateArray().All(arm =>
            arm.GetProperty("blocks").GetArrayLength() >= 6 && arm.GetProperty("steady").GetBoolean());
        Assert.Equal(carried ? "effect" : "undecided",
            writeWriteRead.GetProperty("differences")[0].GetProperty("verdict").GetString());

        int samples = root.GetProperty("experiments").EnumerateArray()
            .Sum(e => e.GetProperty("arms").EnumerateArray().Sum(arm => arm.GetProperty("samples").GetInt32()));
        Assert.Equal(1 + samples, File.ReadAllLines(folder.File("samples.csv")).Length);
    }

    [Fact]
    public void Buffers_are_granted_doubled_and_every_arm_moves_bytes()
    {
        long most = long.Parse(File.ReadAllText("/proc/sys/net/core/rmem_max"), CultureInfo.InvariantCulture);
        JsonElement experiment = Measure("rcvbuf", "--blocks", "3", "--time", "2", "--bytes", "30000000")
            .GetProperty("experiments")[0];
        foreach (JsonElement arm in experiment.GetProperty("arms").EnumerateArray())
        {
            JsonElement requested = arm.GetProperty("requested");
            if (requested.ValueKind != JsonValueKind.Null)
            {
                Assert.Equal(2 * Math.Min(requested.GetInt64(), most), arm.GetProperty("effective").GetInt64());
            }

            Assert.True(arm.GetProperty("median").GetDouble() > 0);
            Assert.NotEmpty(arm.GetProperty("congestion_control").GetString()!);
        }

        Assert.True(Median(experiment, "rcvbuf=4096") < Median(experiment, "rcvbuf=262144"));
    }

    [LabFact(Needs.Ss)]
    public void The_kernel_sees_the_receive_buffer_that_is_reported()
    {
        using ToolProcess server = ToolProcess.Launch("optbench", "server", "-p", "0", "--address", "127.0.0.1", "--json");
        int port = Port(server);
        using ToolProcess client = ToolProcess.Launch(
            "optbench", "rcvbuf", "--server", $"127.0.0.1:{port}", "--blocks", "3", "--time", "1.5", "--bytes", "60000000");
        HashSet<string> seen = [];
        while (!client.HasExited)
        {
            string state = ToolProcess.RunCommand("ss", "-tmnH", "dst", "127.0.0.1", "and", "dport", "=", $"{port}").Output;
            foreach (Match match in ReceiveBuffer().Matches(state))
            {
                seen.Add(match.Groups[1].Value);
            }
        }

        client.WaitForExit().Expect(0);
        Assert.Contains("8192", seen);
        server.Stop().Expect(0);
    }

    [LabFact(Needs.Root, Needs.Tcpdump)]
    public void Marks_are_on_the_wire_as_tcpdump_sees_them()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess tcpdump = ToolProcess.LaunchCommand(
            "tcpdump", ["-i", "lo", "-n", "-v", "-l", "-s", "256", "--immediate-mode", "udp"], inside);
        tcpdump.ReadErrorUntil("listening on");
        ToolResult result = ToolProcess.Run("optbench", ["tos", "--json"], inside).Expect(0);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement facts = json.RootElement.GetProperty("experiments")[0].GetProperty("facts");
        Assert.All(facts.EnumerateArray().Where(row => row.GetProperty("transport").GetString() == "UDP"),
            row => Assert.Equal(row.GetProperty("requested").GetString(), row.GetProperty("on_the_wire").GetString()));
        tcpdump.ReadUntil("tos 0xb8");
        tcpdump.ReadUntil("class 0xb8");
    }

    [LabFact(Needs.Root, Needs.Tcpdump, Needs.Setpriv)]
    public void Keepalive_probes_are_on_the_wire()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A, Timeout = TimeSpan.FromSeconds(60) };
        using ToolProcess tcpdump = ToolProcess.LaunchCommand(
            "tcpdump", ["-i", "lo", "-n", "-tt", "-l", "-s", "120", "--immediate-mode", "tcp"], inside);
        tcpdump.ReadErrorUntil("listening on");
        // (With whole frames of lo, of 64 KiB, its buffer would have room for sixteen.)
        // Without CAP_SYS_ADMIN there is no link to cut: the connections are on lo, where they can be watched.
        ToolResult result = ToolProcess.RunCommand(
            "setpriv", ["--bounding-set", "-sys_admin", "--inh-caps", "-sys_admin", Repository.Binary("optbench"), "keepalive",
            "--json"], inside).Expect(0);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement experiment = json.RootElement.GetProperty("experiments")[0];
        Assert.Contains("socket filter", experiment.GetProperty("done").GetString());
        AssertNoticed(experiment);

        // Of a connection on which nothing is said any more a segment without data, half a second and more after the first, is a
        // probe.
        ToolResult captured = tcpdump.Stop();
        int[] probes = [.. captured.OutputLines.Select(line => Bare().Match(line)).Where(match => match.Success)
            .Select(match => (Time: double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture),
                Port: match.Groups[2].Value))
            .GroupBy(segment => segment.Port).Select(port => port.Count(segment => segment.Time > port.Min(s => s.Time) + 0.5))
            .Where(count => count > 0).Order()];
        Assert.True(probes.SequenceEqual([1, 2, 3, 3]), $"probes: {string.Join(", ", probes)}\n{captured.Output}");
    }

    /// <summary>Every connection with keepalive ended when idle + interval x count says, by the error.</summary>
    internal static void AssertNoticed(JsonElement experiment) =>
        Assert.All(experiment.GetProperty("facts").EnumerateArray().Skip(1), row =>
    {
        int expected = row.GetProperty("expected_ms").GetInt32();
        Assert.InRange(row.GetProperty("seen_ms").GetInt32(), expected - 50, expected + 2_500);
        Assert.Equal("ETIMEDOUT", row.GetProperty("error").GetString());
    });

    [LabFact(Needs.Root, Needs.Gnuplot)]
    public void Windows_meet_links()
    {
        using TempFolder folder = new();
        JsonElement root = Measure("bdp", "--quick", "--gnuplot", folder.File("bdp.gp"));
        string svg = ToolProcess.RunCommand("gnuplot", folder.File("bdp.gp")).Expect(0).Output;
        Assert.StartsWith("<?xml", svg, StringComparison.Ordinal);
        Assert.Contains(">rtt 40 ms<", svg, StringComparison.Ordinal);
        JsonElement[] experiments = [.. root.GetProperty("experiments").EnumerateArray()];
        Assert.Equal(["rtt 0 ms", "rtt 10 ms", "rtt 40 ms"], experiments.Select(e => e.GetProperty("pattern").GetString()));

        foreach (JsonElement experiment in experiments.Skip(1))
        {
            Dictionary<string, bool> steady = experiment.GetProperty("arms").EnumerateArray().ToDictionary(
                arm => arm.GetProperty("name").GetString()!, arm => arm.GetProperty("steady").GetBoolean());
            foreach (JsonElement row in experiment.GetProperty("facts").EnumerateArray())
            {
                // A busy machine may move less than a window in each round trip. Nothing can move more, but for a moment, before
                // the rate is steady: what waited to be read.
                double ratio = row.GetProperty("ratio").GetDouble();
                bool fits = steady[row.GetProperty("arm").GetString()!] ? ratio is > 0.3 and < 1.2 : ratio is > 0.1 and < 4;
                Assert.True(fits, $"measured / expected: {row}");
            }
        }
    }

    [Fact]
    public void The_list_names_what_can_be_run()
    {
        string[] names = [.. ToolProcess.Run("optbench", "list").Expect(0).OutputLines.Select(line => line.Split(' ')[0])];
        Assert.Contains("nodelay", names);
        ToolProcess.Run("optbench", "reuseaddr", "--json").Expect(0);
        Assert.Equal(names.Length, ToolProcess.Run("optbench", "list", "--json").Expect(0).OutputLines.Length);
    }

    [Fact]
    public void A_remote_server_wants_its_token()
    {
        RunOptions secret = new() { Environment = new Dictionary<string, string?> { ["OPTBENCH_TOKEN"] = "s3cret" } };
        using ToolProcess server = ToolProcess.Launch(
            "optbench", ["server", "-p", "0", "--address", "127.0.0.1", "--json"], secret);
        int port = Port(server);
        string[] words = ["duplex", "--server", $"127.0.0.1:{port}", "--blocks", "3", "--time", "3", "--bytes", "1000000"];
        Assert.Contains("token", ToolProcess.Run("optbench", words).Expect(2).Error);
        ToolProcess.Run("optbench", words, secret).Expect(0);
        server.Stop().Expect(0);
    }

    [Fact]
    public void A_server_that_dies_is_a_lost_peer()
    {
        using ToolProcess server = ToolProcess.Launch("optbench", "server", "-p", "0", "--address", "127.0.0.1", "--json");
        using ToolProcess client = ToolProcess.Launch(
            "optbench", "nodelay", "--json", "--server", $"127.0.0.1:{Port(server)}", "--time", "60");
        Thread.Sleep(500);
        server.Signal(Signals.SIGKILL);
        ToolResult result = client.WaitForExit().Expect(1);
        Assert.Contains("optbench: nodelay: measuring ", Assert.Single(result.ErrorLines));
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.Equal("optbench", json.RootElement.GetProperty("tool").GetString());
    }

    [Fact]
    public void A_file_that_cannot_be_written_takes_no_result_away()
    {
        ToolResult result = ToolProcess.Run("optbench", "reuseaddr", "--json", "--csv", "/dev/full").Expect(1);
        Assert.Contains("/dev/full", Assert.Single(result.ErrorLines));
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.Equal(1, json.RootElement.GetProperty("experiments").GetArrayLength());
    }

    [Fact]
    public void What_the_far_end_refuses_is_said_in_its_place_and_the_rest_is_run()
    {
        using RefusingServer server = new();
        ToolResult result = ToolProcess.Run(
            "optbench", ["nodelay", "reuseaddr", "--server", $"127.0.0.1:{server.Port}", "--blocks", "3", "--time", "0.3",
            "--json"]).Expect(1);
        Assert.Empty(result.Error);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement[] experiments = [.. json.RootElement.GetProperty("experiments").EnumerateArray()];
        Assert.Equal("nodelay", experiments[0].GetProperty("name").GetString());
        Assert.Matches(@"^Not run: server 127\.0\.0\.1:\d+ could not set \S+: ENOPROTOOPT: ",
            experiments[0].GetProperty("done").GetString());
        Assert.Equal("reuseaddr", experiments[1].GetProperty("name").GetString());
        Assert.NotEmpty(experiments[1].GetProperty("facts").EnumerateArray());
    }

    [LabFact(Needs.Root)]
    public void With_lo_down_what_needs_it_is_skipped_and_the_json_is_whole()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        ToolProcess.RunCommand("ip", "-n", lab.A, "link", "set", "lo", "down").Expect(0);
        ToolResult result = ToolProcess.Run("optbench", ["nodelay", "reuseaddr", "--json"], new() { Namespace = lab.A })
            .Expect(1);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement[] experiments = [.. json.RootElement.GetProperty("experiments").EnumerateArray()];
        Assert.Equal(["nodelay", "reuseaddr"], experiments.Select(e => e.GetProperty("name").GetString()));
        Assert.Contains("lo", experiments[0].GetProperty("not_run").GetString());
        Assert.NotNull(experiments[1].GetProperty("not_run").GetString());
    }

    [Fact]
    public void A_signal_prints_what_is_finished()
    {
        using ToolProcess tool = ToolProcess.Launch("optbench", "reuseaddr", "nodelay", "--time", "60", "--json");
        Thread.Sleep(1500);
        ToolResult result = tool.Stop().Expect(1);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        Assert.True(json.RootElement.GetProperty("interrupted").GetBoolean());
        Assert.Equal("reuseaddr", json.RootElement.GetProperty("experiments")[0].GetProperty("name").GetString());
        Assert.True(DateTimeOffset.Parse(json.RootElement.GetProperty("ended").GetString()!, CultureInfo.InvariantCulture)
            > DateTimeOffset.Parse(json.RootElement.GetProperty("started").GetString()!, CultureInfo.InvariantCulture));
    }

    [LabFact(Needs.Root)]
    public void A_signal_ends_a_long_look_at_a_link_at_once()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        using ToolProcess link = ToolProcess.Launch("optbench", "link", "--namespace-a", lab.A, "--namespace-b", lab.B, "--delay",
            "5", "--name", "oplook", "--json");
        link.ReadUntil("\"up\"");
        using ToolProcess server = ToolProcess.Launch("optbench", ["server", "-p", "0", "--open", "--json"],
            new() { Namespace = lab.B });
        string[] words = ["v6only", "rcvbuf", "--server", $"10.88.0.2:{Port(server)}", "--time", "600"];
        using ToolProcess tool = ToolProcess.Launch("optbench", words, new() { Namespace = lab.A });
        tool.ReadUntil("v6only, "); // from here on a signal is waited for
        Thread.Sleep(1_000);
        ToolResult result = tool.Stop().Expect(1); // (the first connection alone is watched for three and a half minutes)
        Assert.Contains("interrupted: what was not finished is missing", result.Output);
        Assert.DoesNotContain("rcvbuf=4096", result.Output);
    }

    [LabFact(Needs.Root)]
    public void Uploads_over_a_slow_and_lossy_link_end_in_their_time()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions far = new() { Namespace = lab.B };
        using ToolProcess link = ToolProcess.Launch("optbench", "link", "--namespace-a", lab.A, "--namespace-b", lab.B, "--delay",
            "40", "--rate", "20", "--loss", "2", "--name", "oplossy", "--json");
        link.ReadLine();
        using ToolProcess server = ToolProcess.Launch("optbench", ["server", "-p", "0", "--open", "--json"], far);
        int port = Port(server);
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        ToolResult result = ToolProcess.Run(
            "optbench", ["zerocopy", "tos", "--server", $"10.88.0.2:{port}", "--time", "1", "--json"],
            new() { Namespace = lab.A, Timeout = TimeSpan.FromSeconds(60) }).Expect(0);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 40);
        using JsonDocument json = JsonDocument.Parse(result.Output);
        JsonElement[] experiments = [.. json.RootElement.GetProperty("experiments").EnumerateArray()];
        Assert.Equal(["zerocopy", "tos"], experiments.Select(e => e.GetProperty("name").GetString()));
        Assert.True(json.RootElement.GetProperty("path").GetProperty("rtt_us").GetDouble() > 79_000);
        Assert.All(experiments[0].GetProperty("arms").EnumerateArray(), arm => // a rate that is not steady has no interval
            Assert.True(arm.GetProperty("steady").GetBoolean() || arm.GetProperty("ci95").ValueKind == JsonValueKind.Null));
    }

    [Fact]
    public void Without_a_token_the_server_is_for_this_machine()
    {
        ToolResult refused = ToolProcess.Run("optbench", "server", "--address", "0.0.0.0", "-p", "0").Expect(2);
        Assert.Contains("--open", Assert.Single(refused.ErrorLines));
        using ToolProcess server = ToolProcess.Launch("optbench", "server", "-p", "0", "--json");
        using JsonDocument line = JsonDocument.Parse(server.ReadLine());
        Assert.StartsWith("127.0.0.1:", line.RootElement.GetProperty("address").GetString(), StringComparison.Ordinal);
        server.Stop().Expect(0);
    }

    [Fact]
    public void Cpus_are_kept_awake_by_children_of_the_lowest_priority_that_go_with_it()
    {
        const int SCHED_IDLE = 5;
        int[] Idlers(params string[] words)
        {
            using ToolProcess tool = ToolProcess.Launch("optbench", ["nodelay", "--time", "20", "--json", .. words]);
            int[] children = [];
            for (int i = 0; i < 100 && children.Length < 3; i++)
            {
                Thread.Sleep(20); // (the server is a child too)
                children = [.. File.ReadAllText($"/proc/{tool.Id}/task/{tool.Id}/children")
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
            }

            int[] idlers = [.. children.Where(pid => File.ReadAllText($"/proc/{pid}/stat").Split(' ')[40] == $"{SCHED_IDLE}")];
            tool.Signal(Signals.SIGKILL);
            tool.WaitForExit();
            return idlers;
        }

        int[] idlers = Idlers();
        Assert.Equal(Environment.ProcessorCount > 1 ? 2 : 0, idlers.Length);
        for (int i = 0; i < 100 && idlers.Any(
            pid => File.Exists($"/proc/{pid}/stat") && !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ")); i++)
        {
            Thread.Sleep(50);
        }

        Assert.All(idlers, pid => Assert.True(!File.Exists($"/proc/{pid}/stat")
            || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z "), $"{pid} is still there"));
        Assert.Empty(Idlers("--let-idle"));
    }

    [Fact]
    public void Messages_are_as_long_as_asked_for()
    {
        JsonElement experiment = Measure("nodelay", "--size", "14", "--blocks", "3", "--time", "1")
            .GetProperty("experiments")[0];
        Assert.StartsWith("Write 14 bytes, wait for the 14-byte reply", experiment.GetProperty("done").GetString());
        Assert.Contains("strict 14-byte ping-pong", experiment.GetProperty("meaning").GetString());
    }

    [Theory]
    [InlineData("nosuch")]
    [InlineData("nodelay --size 1401")]
    [InlineData("nodelay --blocks 2")]
    [InlineData("nodelay --time 0")]
    [InlineData("nodelay --confidence 100")]
    [InlineData("nodelay --server nowhere")]
    [InlineData("nodelay --server 127.0.0.1:1")]
    [InlineData("nodelay --csv /nosuch/file")]
    [InlineData("nodelay --congestion no/such")]
    [InlineData("server -p 65536")]
    [InlineData("link --namespace-a x --namespace-b y")]
    [InlineData("link --namespace-a nosuch1 --namespace-b nosuch2 --delay 1")]
    [InlineData("link --namespace-a x --namespace-b y --delay 1 --queue 5")]
    [InlineData("link --namespace-a x --namespace-b y --delay 1 --jitter 2")]
    [InlineData("link --namespace-a x --namespace-b y --delay 0 --reorder 5")]
    [InlineData("nodelay --gnuplot /nosuch/file")]
    public void What_cannot_be_is_one_line_and_exit_code_2(string words)
    {
        ToolResult result = ToolProcess.Run("optbench", words.Split(' ')).Expect(2);
        Assert.StartsWith("optbench: ", Assert.Single(result.ErrorLines));
    }

    [Theory]
    [InlineData("")]
    [InlineData("server ")]
    [InlineData("link ")]
    [InlineData("list ")]
    public void Help_fits_eighty_columns(string verb)
    {
        ToolResult result = ToolProcess.Run("optbench", (verb + "--help").Split(' ')).Expect(0);
        Assert.All(result.OutputLines, line => Assert.InRange(line.Length, 1, 80));
        Assert.Contains("Examples:", result.Output);
    }

    private static JsonElement Measure(params string[] words)
    {
        ToolResult result = ToolProcess.Run("optbench", [.. words, "--json"], new() { Timeout = TimeSpan.FromSeconds(60) })
            .Expect(0);
        Assert.Single(result.OutputLines);
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    private static double Median(JsonElement experiment, string arm) => experiment.GetProperty("arms").EnumerateArray()
        .Single(a => a.GetProperty("name").GetString() == arm).GetProperty("median").GetDouble();

    private static int Port(ToolProcess server)
    {
        using JsonDocument line = JsonDocument.Parse(server.ReadLine());
        string address = line.RootElement.GetProperty("address").GetString()!;
        return int.Parse(address[(address.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"^([\d.]+) IP 127\.0\.0\.1\.(\d+) > .* Flags \[\.\], .*length 0$")]
    private static partial Regex Bare();

    [GeneratedRegex(@"skmem:\(r\d+,rb(\d+)")]
    private static partial Regex ReceiveBuffer();
}
