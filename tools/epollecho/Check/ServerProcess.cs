using System.Globalization;
using NetTools.Libc;

namespace NetTools.EpollEcho.Check;

/// <summary>The process of the server that is examined, as /proc shows it (proc(5)).</summary>
/// <param name="pidNow">Its number, which changes when it is started again.</param>
internal sealed unsafe class ServerProcess(Func<int> pidNow)
{
    private const double SecondsPerTick = 0.01; // USER_HZ is 100 on every architecture .NET knows

    /// <summary>A process that is not started again.</summary>
    public ServerProcess(int pid)
        : this(() => pid)
    {
    }

    /// <summary>True while it runs.</summary>
    public bool Lives => Stat(pidNow()) is { } fields && fields[0] is not ("Z" or "X");

    /// <summary>How many descriptors it has open, or null when that cannot be read.</summary>
    public int? Descriptors() => DescriptorsOf(pidNow());

    /// <summary>The same with those of the processes it has started.</summary>
    public int? DescriptorsOfAll() =>
        DescriptorsOf(pidNow()) is int own ? own + Descendants().Sum(pid => DescriptorsOf(pid) ?? 0) : null;

    /// <summary>
    /// CPU time that its threads used or waited for, seconds, or null when it is gone. On a busy machine one that spins waits
    /// for most of its time, so what it used alone would say little.
    /// </summary>
    public double? CpuSeconds()
    {
        if (Stat(pidNow()) is not { } fields)
        {
            return null;
        }

        try
        {
            // Run time and waiting time, ns: Documentation/scheduler/sched-stats.rst
            return Directory.EnumerateDirectories($"/proc/{pidNow()}/task")
                .Select(task => File.ReadAllText($"{task}/schedstat").Split(' '))
                .Sum(stat => Number(stat[0]) + Number(stat[1])) / 1e9;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (Number(fields[11]) + Number(fields[12])) * SecondsPerTick;
        }
    }

    /// <summary>Its memory (VmRSS) in KiB, or null when it is gone.</summary>
    public long? ResidentKiB() => Read($"/proc/{pidNow()}/status")?.Split('\n')
        .Where(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Select(line => (long?)Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]))
        .FirstOrDefault();

    /// <summary>Sets how many descriptors it may have, prlimit(2).</summary>
    /// <param name="most">The soft limit.</param>
    /// <returns>The limit before, or null when it may not be set.</returns>
    public ulong? LimitDescriptors(ulong most)
    {
        rlimit limit;
        if (Linux.prlimit(pidNow(), Linux.RLIMIT_NOFILE, null, &limit) != 0)
        {
            return null;
        }

        ulong before = limit.rlim_cur;
        limit.rlim_cur = Math.Min(most, limit.rlim_max);
        return Linux.prlimit(pidNow(), Linux.RLIMIT_NOFILE, &limit, null) == 0 ? before : null;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>The fields of /proc/PID/stat from the state on, or null; the name before may hold blanks and brackets.</summary>
    private static string[]? Stat(int pid) =>
        Read($"/proc/{pid}/stat") is { Length: > 0 } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : null;

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int? DescriptorsOf(int pid)
    {
        try
        {
            return Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private HashSet<int> Descendants()
    {
        (int Pid, int Parent)[] all = [.. Directory.EnumerateDirectories("/proc").Select(path => Path.GetFileName(path))
            .Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name, CultureInfo.InvariantCulture))
            .Select(pid => (pid, Stat(pid) is { } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0))];
        HashSet<int> found = [pidNow()];
        while (all.Count(one => found.Contains(one.Parent) && found.Add(one.Pid)) > 0)
        {
        }

        found.Remove(pidNow());
        return found;
    }
}
