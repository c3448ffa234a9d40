using System.Globalization;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// The TcpExt counters of /proc/net/netstat, which nstat(8) prints: of the network namespace of the thread that asks, and of
/// everything in it, so they are this experiment's own only where nothing else listens or connects.
/// </summary>
internal static class NetstatCounters
{
    private const string Source = "/proc/thread-self/net/netstat";
    private const string Prefix = "TcpExt:";

    /// <summary>The counters now; empty where the kernel shows none.</summary>
    public static Dictionary<string, long> Read()
    {
        try
        {
            return Parse(File.ReadLines(Source));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>Reads a line of names and the line of numbers below it.</summary>
    public static Dictionary<string, long> Parse(IEnumerable<string> lines)
    {
        string[][] ours = [.. lines.Where(line => line.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Dictionary<string, long> counters = [];
        if (ours.Length == 2)
        {
            foreach ((string name, string number) in ours[0].Zip(ours[1]).Skip(1))
            {
                counters[name] = long.Parse(number, CultureInfo.InvariantCulture);
            }
        }

        return counters;
    }

    /// <summary>How far a counter has moved, or null where this kernel has none of that name.</summary>
    public static long? Moved(Dictionary<string, long> before, Dictionary<string, long> after, string name) =>
        before.TryGetValue(name, out long then) && after.TryGetValue(name, out long now) ? now - then : null;
}
