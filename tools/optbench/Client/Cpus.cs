using NetTools.Os;

namespace NetTools.OptBench.Client;

/// <summary>The CPUs this program was given, before it pinned itself to one of them.</summary>
internal static class Cpus
{
    /// <summary>Ascending.</summary>
    public static int[] Allowed { get; } = CallingThread.AllowedCpus();
}
