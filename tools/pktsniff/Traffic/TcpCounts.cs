using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;

namespace NetTools.PktSniff.Traffic;

/// <summary>Counts what is unusual about segments of TCP, from a bounded table of connections. Allocates nothing.</summary>
internal sealed class TcpCounts
{
    private readonly TcpConnections _connections = new();

    /// <summary>Segments of TCP.</summary>
    public long Segments { get; private set; }

    /// <summary>Segments whose bytes were seen before.</summary>
    public long Retransmissions { get; private set; }

    /// <summary>Segments that came just after what follows them.</summary>
    public long OutOfOrder { get; private set; }

    /// <summary>Segments before which bytes are missing.</summary>
    public long Gaps { get; private set; }

    /// <summary>Acknowledgements that said the same once more.</summary>
    public long DuplicateAcks { get; private set; }

    /// <summary>Segments of a receiver without room.</summary>
    public long ZeroWindows { get; private set; }

    /// <summary>Counts a frame with TCP.</summary>
    public void Add(scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        Segments++;
        TcpMarks marks = _connections.Follow(frame, captured.Seconds, captured.Nanoseconds).Marks;
        if (marks == TcpMarks.None)
        {
            return;
        }

        Retransmissions += (marks & TcpMarks.Retransmission) != 0 ? 1 : 0;
        OutOfOrder += (marks & TcpMarks.OutOfOrder) != 0 ? 1 : 0;
        Gaps += (marks & TcpMarks.Gap) != 0 ? 1 : 0;
        DuplicateAcks += (marks & TcpMarks.DuplicateAck) != 0 ? 1 : 0;
        ZeroWindows += (marks & TcpMarks.ZeroWindow) != 0 ? 1 : 0;
    }
}
