using System.Globalization;
using NetTools.Os;

namespace NetTools.Measure;

/// <summary>
/// The CPU time that control groups grant this process, cgroup v1 (cpu controller) and v2, and how often they withheld it. The
/// group and all above it count, as far as they are visible.
/// </summary>
/// <param name="QuotaCpus">The smallest quota, in CPUs (0.5 is half of one); null when there is none, or none is visible.</param>
/// <param name="ThrottledPeriods">Periods in which a group was out of quota, since the groups were made.</param>
/// <param name="ThrottledMs">For how long, summed over its CPUs, milliseconds.</param>
public readonly record struct CpuLimits(double? QuotaCpus, long ThrottledPeriods, double ThrottledMs)
{
    private const double UsPerMs = 1e3;

    /// <summary>Reads the limits of this process. What cannot be read counts as no limit.</summary>
    /// <param name="root">A directory that stands for <c>/</c>: for tests.</param>
    public static CpuLimits Read(string root = "")
    {
        double? quota = null;
        long periods = 0;
        double throttled = 0;
        foreach ((string directory, bool unified) in Groups(root))
        {
            double? own = unified ? UnifiedQuota(directory)
                : Quota(Number(directory, "cpu.cfs_quota_us"), Number(directory, "cpu.cfs_period_us"));
            if (own is double cpus)
            {
                quota = Math.Min(quota ?? cpus, cpus);
            }

            foreach (string line in Lines($"{directory}/cpu.stat"))
            {
                string[] words = line.Split(' ');
                if (words.Length == 2 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                {
                    periods += words[0] == "nr_throttled" ? value : 0;
                    throttled += words[0] switch
                    {
                        "throttled_usec" => value / UsPerMs,
                        "throttled_time" => TimeUnits.Milliseconds(value),
                        _ => 0,
                    };
                }
            }
        }

        return new(quota, periods, throttled);
    }

    /// <summary>The directories of this process's groups, each group followed by those above it.</summary>
    private static IEnumerable<(string Directory, bool Unified)> Groups(string root)
    {
        foreach (string line in Lines($"{root}/proc/self/cgroup"))
        {
            string[] parts = line.Split(':', 3); // 4:cpu,cpuacct:/path, and 0::/path for v2
            bool unified = parts is ["0", "", _];
            if (parts.Length != 3 || !(unified || parts[1].Split(',').Contains("cpu"))
                || Mount(root, unified) is not (string above, string point))
            {
                continue;
            }

            // The mount shows the tree from `above` down; a group outside it (another namespace) is not visible.
            string path = parts[2];
            string inside = above == "/" ? path : path == above || path.StartsWith(above + '/', StringComparison.Ordinal)
                ? path[above.Length..] : "/";
            for (string group = inside.TrimEnd('/'); ; group = group[..group.LastIndexOf('/')])
            {
                yield return ($"{root}{point}{group}", unified);
                if (!group.Contains('/'))
                {
                    break;
                }
            }
        }
    }

    /// <summary>Where the controller is mounted, and the group that is the root of the mount; proc_pid_mountinfo(5).</summary>
    private static (string Root, string Point)? Mount(string root, bool unified)
    {
        foreach (string line in Lines($"{root}/proc/self/mountinfo"))
        {
            int separator = line.IndexOf(" - ", StringComparison.Ordinal);
            string[] left = separator < 0 ? [] : line[..separator].Split(' ');
            string[] right = separator < 0 ? [] : line[(separator + 3)..].Split(' ');
            if (left.Length >= 5 && right.Length >= 3
                && (unified ? right[0] == "cgroup2" : right[0] == "cgroup" && right[2].Split(',').Contains("cpu")))
            {
                return (left[3], left[4]);
            }
        }

        return null;
    }

    private static double? UnifiedQuota(string directory) =>
        Lines($"{directory}/cpu.max").FirstOrDefault()?.Split(' ') is [string quota, string period]
            ? Quota(Parse(quota), Parse(period)) : null;

    private static double? Quota(long? quota, long? period) => quota > 0 && period > 0 ? (double)quota / period : null;

    private static long? Number(string directory, string file) => Parse(Lines($"{directory}/{file}").FirstOrDefault());

    private static long? Parse(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

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
