using NetTools.Os;

namespace NetTools.OptBench.Client;

/// <summary>The CPUs this program was given, before it pinned itself to one of them, and those that the two ends take.</summary>
internal static class Cpus
{
    /// <summary>Ascending.</summary>
    public static int[] Allowed { get; } = CallingThread.AllowedCpus();

    /// <summary>Where the measuring end runs: the first, unless it was chosen.</summary>
    public static int Near { get; private set; } = Allowed[0];

    /// <summary>Where a far end on this machine runs: the last, unless it was chosen.</summary>
    public static int Far { get; private set; } = Allowed[^1];

    /// <summary>False where there is one CPU and none was chosen: nothing is pinned then.</summary>
    public static bool ArePinned { get; private set; } = Allowed.Length > 1;

    /// <summary>Reads <c>N</c> or <c>N,M</c>: the CPU of the measuring end, and of the far end on this machine.</summary>
    /// <exception cref="OperationFailedException">It is something else, or a CPU that this program may not use.</exception>
    public static void Choose(string text)
    {
        string[] words = text.Split(',');
        int[] chosen = [.. words.Select(word => int.TryParse(word, System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out int cpu) ? cpu : -1)];
        if (chosen.Length is < 1 or > 2 || chosen.Any(cpu => !Allowed.Contains(cpu)))
        {
            throw new OperationFailedException($"--cpu is one CPU, or two as in 0,1, of those this program may use: "
                + string.Join(", ", Allowed), "see taskset(1)");
        }

        (Near, Far, ArePinned) = (chosen[0], chosen.Length > 1 ? chosen[1] : Far, true);
    }
}
