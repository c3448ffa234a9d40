using NetTools.Libc;

namespace NetTools.OptBench.Client;

/// <summary>
/// The highest priority for this thread and for what it starts, while it lives: for experiments about a wire, where waiting for a
/// CPU would look like a longer wire. Where that is not allowed nothing changes.
/// </summary>
internal sealed class Urgency : IDisposable
{
    private const int Most = -20;
    private const int Ordinary = 0;

    /// <summary>Raises it.</summary>
    public Urgency() => _ = Linux.setpriority(Linux.PRIO_PROCESS, 0, Most);

    /// <inheritdoc/>
    public void Dispose() => _ = Linux.setpriority(Linux.PRIO_PROCESS, 0, Ordinary);
}
