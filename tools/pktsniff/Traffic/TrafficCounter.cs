using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Traffic;

/// <summary>Counts frames and bytes: all, by protocol, by conversation. Allocates nothing.</summary>
internal sealed class TrafficCounter
{

    private readonly Volume[] _protocols = new Volume[CountedProtocols.Count];
    private Volume _total;
    private Volume _unaddressed;

    /// <summary>All frames.</summary>
    public Volume Total => _total;

    /// <summary>Frames by the number of their protocol: see <see cref="CountedProtocols"/>.</summary>
    public ReadOnlySpan<Volume> Protocols => _protocols;

    /// <summary>Conversations.</summary>
    public ConversationTable Conversations { get; } = new();

    /// <summary>Frames that belong to no conversation.</summary>
    public Volume Unaddressed => _unaddressed;

    /// <summary>What was unusual about segments of TCP.</summary>
    public TcpCounts Tcp { get; } = new();

    /// <summary>Time of the earliest frame, in seconds since 1970.</summary>
    public double Start { get; private set; }

    /// <summary>Time of the latest frame.</summary>
    public double End { get; private set; }

    /// <summary>From the earliest frame to the latest, in seconds.</summary>
    public double Duration => End - Start;

    /// <summary>Counts a frame.</summary>
    public void Add(scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        double time = TimeOf(captured);
        Start = _total.Frames == 0 ? time : Math.Min(Start, time);
        End = _total.Frames == 0 ? time : Math.Max(End, time);
        _total.Add(captured.Length);
        _protocols[CountedProtocols.Of(frame)].Add(captured.Length);
        if (frame.Has(FrameLayers.Tcp))
        {
            Tcp.Add(captured, frame);
        }

        if (ConversationKey.TryRead(frame, out ConversationKey key, out bool forward))
        {
            Conversations.Add(key, forward, captured.Length, time);
        }
        else
        {
            _unaddressed.Add(captured.Length);
        }
    }

    /// <summary>A frame's time in seconds since 1970.</summary>
    public static double TimeOf(scoped in CapturedFrame captured) => captured.Seconds + TimeUnits.Seconds(captured.Nanoseconds);
}
