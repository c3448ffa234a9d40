using System.Globalization;
using System.Text.Json;

namespace NetTools.Measure;

/// <summary>What else used, stole or withheld CPU time: read once before a measurement and once after.</summary>
/// <param name="Limits">Quota and throttling by control groups.</param>
/// <param name="TotalTicks">Time of the CPUs this process may use, summed, in clock ticks of 10 ms; 0 where unknown.</param>
/// <param name="BusyTicks">The part of it that processes used, of user and system time.</param>
/// <param name="StolenTicks">The part that the hypervisor gave to other machines.</param>
/// <param name="OwnTicks">The part of the busy time that was this process's and its helpers'.</param>
/// <param name="Load">The load average of the last minute; null where unknown.</param>
public sealed record MachineState(
    CpuLimits Limits, long TotalTicks, long BusyTicks, long StolenTicks, long OwnTicks, double? Load)
{
    /// <summary>Reads the state. What cannot be read counts as undisturbed, never as an error.</summary>
    /// <param name="cpus">The CPUs to look at; null for all.</param>
    /// <param name="helpers">
    /// Processes whose CPU time is the measurement's own, besides this one and its children that ended.
    /// </param>
    /// <param name="root">A directory that stands for <c>/</c>: for tests.</param>
    public static MachineState Read(int[]? cpus = null, int[]? helpers = null, string root = "")
    {
        long total = 0, busy = 0, stolen = 0;
        foreach (string line in Lines($"{root}/proc/stat"))
        {
            // cpu0 user nice system idle iowait irq softirq steal guest guest_nice; guest time is in user already
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 9 && words[0].StartsWith("cpu", StringComparison.Ordinal)
                && int.TryParse(words[0].AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out int cpu)
                    && cpus?.Contains(cpu) != false)
            {
                long[] ticks = [.. words[1..9].Select(Number)];
                total += ticks.Sum();
                busy += ticks[0] + ticks[1] + ticks[2];
                stolen += ticks[7];
            }
        }

        long own = ProcessTicks($"{root}/proc/self/stat") + (helpers ?? []).Sum(pid => ProcessTicks($"{root}/proc/{pid}/stat"));
        string? load = Lines($"{root}/proc/loadavg").FirstOrDefault()?.Split(' ')[0];
        return new(CpuLimits.Read(root), total, busy, stolen, own,
            double.TryParse(load, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double average) ? average
                : null);
    }

    /// <summary>User and system time of a process and of its children that ended: fields 14 to 17 of proc_pid_stat(5).</summary>
    private static long ProcessTicks(string path)
    {
        string line = Lines(path).FirstOrDefault() ?? "";
        string[] words = line[(line.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries); // from field 3 on
        return words.Length < 15 ? 0 : words[11..15].Sum(Number);
    }

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : 0;

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}

/// <summary>What may have spoiled a measurement.</summary>
public enum Spoiler
{
    /// <summary>A control group was out of quota in at least one period.</summary>
    Throttled,

    /// <summary>The hypervisor gave at least 1 % of the time to other machines.</summary>
    Steal,

    /// <summary>Other processes used at least 10 % of the CPUs.</summary>
    Load,
}

/// <summary>What happened on the machine between two readings of its state.</summary>
/// <param name="QuotaCpus">The quota, in CPUs; null without one.</param>
/// <param name="ThrottledPeriods">Periods in which the quota ran out.</param>
/// <param name="ThrottledMs">For how long, summed over the CPUs, milliseconds.</param>
/// <param name="StealPercent">Time that other machines got, of all; null where unknown.</param>
/// <param name="OthersPercent">Time that other processes used, of all; null where unknown.</param>
/// <param name="LoadBefore">The load average of the minute before.</param>
/// <param name="LoadAfter">The load average of the last minute.</param>
public sealed record Disturbance(
    double? QuotaCpus, long ThrottledPeriods, double ThrottledMs, double? StealPercent, double? OthersPercent, double? LoadBefore,
    double? LoadAfter)
{
    private const double LeastSteal = 1;
    private const double LeastOthers = 10;
    private const int FewestTicks = 5; // below, the accounting by ticks is too coarse to accuse anybody

    private bool _enoughSteal;
    private bool _enoughOthers;

    /// <summary>Which of it is enough to spoil a result.</summary>
    public IReadOnlyList<Spoiler> SpoiledBy =>
    [
        .. ThrottledPeriods > 0 ? [Spoiler.Throttled] : Array.Empty<Spoiler>(),
        .. _enoughSteal && StealPercent >= LeastSteal ? [Spoiler.Steal] : Array.Empty<Spoiler>(),
        .. _enoughOthers && OthersPercent >= LeastOthers ? [Spoiler.Load] : Array.Empty<Spoiler>(),
    ];

    /// <summary>Compares two readings of the same CPUs.</summary>
    public static Disturbance Between(MachineState before, MachineState after)
    {
        long total = after.TotalTicks - before.TotalTicks;
        long stolen = Math.Max(after.StolenTicks - before.StolenTicks, 0);
        long others = Math.Max(after.BusyTicks - before.BusyTicks - (after.OwnTicks - before.OwnTicks), 0);
        return new(after.Limits.QuotaCpus, Math.Max(after.Limits.ThrottledPeriods - before.Limits.ThrottledPeriods, 0),
            Math.Max(after.Limits.ThrottledMs - before.Limits.ThrottledMs, 0),
            total > 0 ? 100.0 * stolen / total : null, total > 0 ? 100.0 * others / total : null, before.Load, after.Load)
        {
            _enoughSteal = stolen >= FewestTicks,
            _enoughOthers = others >= FewestTicks,
        };
    }

    /// <summary>One line for each thing that spoiled the result; none when nothing did.</summary>
    public IEnumerable<string> Lines() => SpoiledBy.Select(spoiler => spoiler switch
    {
        Spoiler.Throttled => string.Create(CultureInfo.InvariantCulture,
            $"throttled: the CPU quota{(QuotaCpus is double cpus ? $" of {cpus:0.##} CPUs" : "")} ran out in "
            + $"{ThrottledPeriods:N0} {(ThrottledPeriods == 1 ? "period" : "periods")}, {ThrottledMs:N0} ms in all"),
        Spoiler.Steal => string.Create(
            CultureInfo.InvariantCulture, $"steal: the hypervisor gave {StealPercent:0.#} % of the CPU time to other machines"),
        _ => string.Create(CultureInfo.InvariantCulture, $"load: other processes used {OthersPercent:0} % of the CPUs"),
    });

    /// <summary>Writes <c>spoiled_by</c>, an array of names, and <c>machine</c>, the figures behind it, into an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartArray("spoiled_by");
        foreach (Spoiler spoiler in SpoiledBy)
        {
            json.WriteStringValue(spoiler.ToString().ToLowerInvariant());
        }

        json.WriteEndArray();
        json.WriteStartObject("machine");
        Number(json, "cpu_quota_cpus", QuotaCpus);
        json.WriteNumber("throttled_periods", ThrottledPeriods);
        Number(json, "throttled_ms", ThrottledMs);
        Number(json, "steal_percent", StealPercent);
        Number(json, "other_processes_percent", OthersPercent);
        Number(json, "load_before", LoadBefore);
        Number(json, "load_after", LoadAfter);
        json.WriteEndObject();
    }

    private static void Number(Utf8JsonWriter json, string name, double? value)
    {
        if (value is double number)
        {
            json.WriteNumber(name, Math.Round(number, 3));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
