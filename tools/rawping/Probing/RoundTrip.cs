using NetTools.Os;
using NetTools.RawPing.Kernel;

namespace NetTools.RawPing.Probing;

/// <summary>The two round-trip times of an answered probe.</summary>
internal static class RoundTrip
{
    /// <summary>
    /// The time from just before the send to the kernel's receipt (ping's definition), by the monotonic clock; and the time
    /// between the kernel's own two stamps. The kernel's receipt is stamped by the realtime clock, which may be set at any
    /// moment: only its distance from the same clock's reading a moment later is used, and an impossible one is dropped.
    /// When that clock was set since the send, none of its stamps counts.
    /// </summary>
    public static (long Rtt, long? Kernel) Of(in Probe probe, in Received received)
    {
        long rtt = Math.Max(0, received.Now - probe.Sent);
        if (received.KernelReceived == 0 || received.LastStep >= probe.Sent)
        {
            return (rtt, null);
        }

        long waited = received.Realtime - received.KernelReceived;
        if (waited >= 0 && waited <= rtt)
        {
            rtt -= waited;
        }

        if (probe.KernelSent == 0)
        {
            return (rtt, null);
        }

        long kernel = received.KernelReceived - probe.KernelSent;
        return (rtt, kernel >= 0 && kernel <= Longest(rtt) ? kernel : null);
    }

    /// <summary>Inside the user's round trip lies the kernel's, and a card's; the slack is for a clock being slewed.</summary>
    public static long Longest(long rtt) => rtt + rtt / 1000 + TimeUnits.Microsecond;
}
