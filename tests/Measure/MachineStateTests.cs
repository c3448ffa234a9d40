using System.Buffers;
using System.Text.Json;
using NetTools.Measure;
using Xunit;

namespace NetTools.Tests.Measure;

public sealed class MachineStateTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("machine").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_quota_of_cgroup_v2_is_the_smallest_of_the_group_and_those_above()
    {
        Put("proc/self/cgroup", "0::/a/b\n");
        Put("proc/self/mountinfo", "41 31 0:38 / /sys/fs/cgroup rw,relatime shared:9 - cgroup2 cgroup2 rw\n");
        Put("sys/fs/cgroup/a/b/cpu.max", "max 100000\n");
        Put("sys/fs/cgroup/a/b/cpu.stat", "usage_usec 5\nnr_periods 9\nnr_throttled 2\nthrottled_usec 3000\n");
        Put("sys/fs/cgroup/a/cpu.max", "50000 100000\n");
        Put("sys/fs/cgroup/a/cpu.stat", "nr_periods 9\nnr_throttled 4\nthrottled_usec 2500\n");
        Assert.Equal(new CpuLimits(0.5, 6, 5.5), CpuLimits.Read(_root));
    }

    [Fact]
    public void A_quota_of_cgroup_v1_is_found_beside_an_empty_v2_tree()
    {
        Put("proc/self/cgroup", "4:memory:/x\n1:cpu,cpuacct:/docker/c0ffee/job\n0::/\n");
        Put("proc/self/mountinfo",
            "33 31 0:30 /docker/c0ffee /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n41 31 0:38 / "
                + "/sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        Put("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "-1\n");
        Put("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_period_us", "100000\n");
        Put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "150000\n");
        Put("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
        Put("sys/fs/cgroup/cpu,cpuacct/cpu.stat", "nr_periods 9\nnr_throttled 3\nthrottled_time 7000000\n");
        Assert.Equal(new CpuLimits(1.5, 3, 7), CpuLimits.Read(_root));
    }

    [Fact]
    public void What_cannot_be_read_sets_no_limit_and_is_not_a_disturbance()
    {
        MachineState nothing = MachineState.Read(root: _root);
        Assert.Equal(new MachineState(default, 0, 0, 0, 0, null), nothing);
        Disturbance none = Disturbance.Between(nothing, nothing);
        Assert.Empty(none.SpoiledBy);
        Assert.Equal((null, null, null), (none.StealPercent, none.OthersPercent, none.LoadBefore));
    }

    [Fact]
    public void Steal_load_and_throttling_spoil_a_result_and_are_said_with_their_figures()
    {
        MachineState before = Stat("cpu0 100 0 100 800 0 0 0 0 0 0\ncpu1 9999 0 0 0 0 0 0 0 0 0", own: 50);
        // 1,000 ticks later: 600 busy, 100 of them our own (70 ours, 30 our helper's), 50 stolen.
        MachineState after = Stat("cpu0 500 0 300 1150 0 0 0 50 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0", own: 120, helper: 30);
        Disturbance seen = Disturbance.Between(before, after with { Limits = new(0.5, 3, 12) });
        Assert.Equal((0.5, 3L, 12.0, 5.0, 50.0),
            (seen.QuotaCpus, seen.ThrottledPeriods, seen.ThrottledMs, seen.StealPercent, seen.OthersPercent));
        Assert.Equal([Spoiler.Throttled, Spoiler.Steal, Spoiler.Load], seen.SpoiledBy);
        Assert.Equal(
        [
            "throttled: the CPU quota of 0.5 CPUs ran out in 3 periods, 12 ms in all",
            "steal: the hypervisor gave 5 % of the CPU time to other machines",
            "load: other processes used 50 % of the CPUs",
        ], seen.Lines());

        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            seen.WriteTo(json);
            json.WriteEndObject();
        }

        Assert.Equal("""{"spoiled_by":["throttled","steal","load"],"machine":{"cpu_quota_cpus":0.5,"throttled_periods":3,""" + """
            "throttled_ms":12,"steal_percent":5,"other_processes_percent":50,"load_before":1.5,"load_after":1.5}}
            """,
            System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    [Fact]
    public void A_tick_of_others_in_a_short_run_is_nobodys_fault()
    {
        MachineState before = Stat("cpu0 100 0 0 0 0 0 0 0 0 0", own: 0);
        MachineState after = Stat("cpu0 104 0 0 4 0 0 0 0 0 0", own: 0);
        Assert.Empty(Disturbance.Between(before, after).SpoiledBy);
    }

    [Fact]
    public void This_machine_can_be_read()
    {
        MachineState state = MachineState.Read();
        Assert.True(state.TotalTicks > state.BusyTicks);
        Assert.True(state.OwnTicks > 0);
        Assert.NotNull(state.Load);
    }

    private MachineState Stat(string cpus, int own, int helper = 0)
    {
        Put("proc/stat", $"cpu  1 1 1 1 1 1 1 1 1 1\n{cpus}\nintr 5\n");
        Put("proc/self/stat", $"7 (a b) c) R 1 7 7 0 -1 0 0 0 0 0 {own} 0 0 0 20 0 1\n");
        Put("proc/8/stat", $"8 (x) S 7 7 7 0 -1 0 0 0 0 0 0 {helper} 0 0 20 0 1\n");
        Put("proc/loadavg", "1.50 0.75 0.50 1/99 8\n");
        return MachineState.Read([0], [8], _root);
    }

    private void Put(string path, string text)
    {
        string full = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
