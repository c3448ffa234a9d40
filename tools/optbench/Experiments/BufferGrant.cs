using NetTools.OptBench.Results;

namespace NetTools.OptBench.Experiments;

/// <summary>Requested and granted buffer sizes, a row for each arm.</summary>
internal static class BufferGrant
{
    /// <summary>Requested, granted, cut or not; and the window scale in our SYN.</summary>
    public static FactTable Of(IEnumerable<ArmResult> arms) =>
        new(["arm", "requested_bytes", "granted_bytes", "clamped", "window_scale"], [.. arms.Select(Row)]);

    /// <summary>
    /// True when less was granted than asked for: net.core.rmem_max and wmem_max bound what SO_RCVBUF and SO_SNDBUF grant, root
    /// included.
    /// </summary>
    public static bool IsClamped(ArmResult arm) => arm.Effective < 2 * arm.Requested;

    private static Fact[] Row(ArmResult arm) =>
    [
        arm.Name, arm.Requested, arm.Effective / 2, arm.Requested is null ? new Fact(null, null) : IsClamped(arm) ? "yes" : "no",
        arm.Tcp?.After.ReceiveWindowScale,
    ];
}
