using System.Globalization;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.MuxBench.Descriptors;

/// <summary>How many descriptors this process may open, RLIMIT_NOFILE, and what that allows one to watch.</summary>
internal static class DescriptorBudget
{
    /// <summary>Kept free for standard streams, mechanisms, and what the runtime opens.</summary>
    private const int Reserve = 32;

    /// <summary>
    /// Where an automatic sweep ends even if the limit is far away: more would take gigabytes of the kernel's memory.
    /// </summary>
    private const int MostSwept = 100_000;

    /// <summary>The round numbers 1, 3, 10, 30, ... up to the most that the limit allows, and that.</summary>
    public static int[] Sweep(int limit, int perWatched)
    {
        int most = Math.Min(Most(limit, perWatched), MostSwept);
        List<int> sizes = [];
        for (int decade = 1; decade <= most; decade *= 10)
        {
            sizes.Add(decade);
            if (3 * decade <= most)
            {
                sizes.Add(3 * decade);
            }
        }

        if (most > 1.5 * sizes[^1])
        {
            sizes.Add(most);
        }

        return [.. sizes];
    }

    /// <summary>The most descriptors that can be watched under a limit.</summary>
    /// <param name="limit">RLIMIT_NOFILE.</param>
    /// <param name="perWatched">Descriptors that each watched one costs: 2 for a pair.</param>
    public static int Most(int limit, int perWatched) => Math.Max(1, (limit - Reserve) / perWatched);

    /// <summary>Refuses more than the limit allows.</summary>
    /// <exception cref="OperationFailedException">
    /// The limit is too low; the message says by how much and how to raise it.
    /// </exception>
    public static void Check(int fds, int limit, int perWatched)
    {
        if (fds > Most(limit, perWatched))
        {
            long open = ((long)fds * perWatched) + Reserve;
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture,
                $"watching {Figures.Count(fds, "descriptor")} takes {open:N0} open ones, and the hard limit is {limit:N0}: ")
                + string.Create(CultureInfo.InvariantCulture, $"at most {Most(limit, perWatched):N0} here"),
                "as root: prlimit --nofile=N:N muxbench ..., up to /proc/sys/fs/nr_open");
        }
    }
}
