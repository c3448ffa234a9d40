using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.PathMtu;

/// <summary>What a search found.</summary>
/// <param name="Mtu">The path MTU in bytes; null when the host did not answer or the search was stopped before.</param>
/// <param name="Passed">The largest packet that passed, bytes, or null.</param>
/// <param name="Assumed">The MTU of the first link, bytes.</param>
/// <param name="Reporter">The router that reported a smaller one, or the default.</param>
/// <param name="Interrupted">A signal ended it.</param>
internal sealed record PathMtuResult(int? Mtu, int? Passed, int Assumed, HostAddress Reporter, bool Interrupted);

/// <summary>
/// Finds the largest packet that passes whole: Don't Fragment, then halving, helped by the MTU that routers report. Works
/// through black holes, too, where no router says anything (RFC 4821's idea, with echo requests).
/// </summary>
internal sealed class PathMtuSearch : IPingObserver
{
    private const int SmallestV4 = 68; // RFC 791: every host forwards this
    private const int SmallestV6 = 1280; // RFC 8200
    private const int Attempts = 3;

    private int _reported;
    private HostAddress _reporter;

    /// <summary>Searches for the path MTU of the one target.</summary>
    public static PathMtuResult Run(PingSettings settings, RawSockets sockets)
    {
        HostAddress address = settings.Targets[0].Address;
        int headers = IcmpHeader.Length + (address.IsV6 ? IPv6Header.Length : IPv4Header.MinimumLength);
        int low = address.IsV6 ? SmallestV6 : SmallestV4;
        int high = Math.Min(Route.LinkMtu(address, settings.Device), 65535);
        int assumed = high;
        PathMtuSearch search = new();
        using StopSignals stop = new();
        bool Passes(int size) => search.Try(settings with { Size = size - headers }, sockets, stop);

        if (!Passes(low))
        {
            return new PathMtuResult(null, null, assumed, search._reporter, stop.Requested);
        }

        int ask = high; // most paths pass what the first link passes
        while (low < high && !stop.Requested)
        {
            if (Passes(ask))
            {
                low = ask;
                ask = Middle(low, high);
            }
            else if (search._reported >= low && search._reported < ask)
            {
                high = search._reported;
                ask = high;
            }
            else if (!stop.Requested)
            {
                high = ask - 1;
                ask = Middle(low, high);
            }
        }

        return new PathMtuResult(low == high ? low : null, low, assumed, search._reporter, stop.Requested);
    }

    public void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
        if (!IcmpHeader.TryRead(message, out IcmpHeader icmp))
        {
            return;
        }

        bool tooBig = about.From.IsV6 ? icmp.Type == Icmpv6Type.PacketTooBig
            : icmp is { Type: IcmpType.DestinationUnreachable, Code: 4 };
        if (tooBig)
        {
            _reported = (int)Math.Min(about.From.IsV6 ? icmp.Rest : icmp.Rest & 0xffff, 65535);
            _reporter = about.From;
        }
    }

    private bool Try(PingSettings settings, RawSockets sockets, StopSignals stop)
    {
        _reported = 0;
        for (int attempt = 0; attempt < Attempts && !stop.Requested; attempt++)
        {
            // PROBE sets Don't Fragment and ignores what the kernel believes the path MTU to be.
            using Pinger pinger = new(settings with
            {
                Count = 1,
                PathMtuDiscovery = IP_PMTUDISC_PROBE,
                Timeout = settings.TimeoutIsChosen ? settings.Timeout : TimeUnits.Second,
                TimeoutIsChosen = true,
                ErrorsAreFinal = true,
            }, sockets, this);
            TargetResult result = pinger.Run(stop).Targets[0];
            if (result.Received > 0 || result.Errors > 0)
            {
                return result.Received > 0;
            }
        }

        return false;
    }

    private static int Middle(int low, int high) => low + (high - low + 1) / 2;
}
