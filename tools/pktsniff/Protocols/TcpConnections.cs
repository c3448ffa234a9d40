using NetTools.Os;
using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

/// <summary>What is unusual about a segment.</summary>
[Flags]
internal enum TcpMarks
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Bytes that were seen before.</summary>
    Retransmission = 1,

    /// <summary>Bytes that fill a gap within 3 ms after what follows them.</summary>
    OutOfOrder = 2,

    /// <summary>Bytes before it were not seen.</summary>
    Gap = 4,

    /// <summary>The same acknowledgement and window once more, while bytes are under way.</summary>
    DuplicateAck = 8,

    /// <summary>The receiver has no room.</summary>
    ZeroWindow = 16,
}

/// <summary>What the table of connections says of a segment.</summary>
/// <param name="Sequence">Relative to the first number of its direction, where that is known.</param>
/// <param name="Acknowledgment">Relative to the first number of the other direction, where that is known.</param>
/// <param name="Marks">What is unusual.</param>
/// <param name="Missing">With <see cref="TcpMarks.Gap"/>: bytes that were not seen.</param>
/// <param name="Duplicates">With <see cref="TcpMarks.DuplicateAck"/>: counted from 1.</param>
internal readonly record struct TcpSegment(uint Sequence, uint Acknowledgment, TcpMarks Marks, uint Missing, int Duplicates);

/// <summary>
/// Both directions of TCP connections: their first sequence numbers, to print later ones relative to them, and how far they have
/// come, to tell gaps and retransmissions. A table of fixed size, keyed by a secret of the run: a new connection may displace an
/// old one, which then starts afresh. Allocates nothing.
/// </summary>
internal sealed class TcpConnections
{
    private const int Size = 1 << 15;
    private const int Probes = 4;
    private const long ReorderNs = 3 * TimeUnits.Millisecond;

    private static readonly KeyedHash s_hash = new(Randomness.UInt64());

    private readonly Direction[] _directions = new Direction[Size];

    /// <summary>Follows a segment.</summary>
    /// <param name="frame">A frame with TCP.</param>
    /// <param name="seconds">When it was captured, since 1970.</param>
    /// <param name="nanoseconds">0 to 999,999,999.</param>
    public TcpSegment Follow(scoped in DecodedFrame frame, long seconds, uint nanoseconds)
    {
        TcpHeader tcp = frame.Tcp;
        ulong hereKey = Key(frame.Source, frame.Destination, tcp.SourcePort, tcp.DestinationPort);
        ulong thereKey = Key(frame.Destination, frame.Source, tcp.DestinationPort, tcp.SourcePort);
        ref Direction here = ref Find(hereKey);
        bool isSyn = (tcp.Flags & TcpFlags.Syn) != 0;
        bool isAck = (tcp.Flags & TcpFlags.Ack) != 0;
        if (!isSyn && !isAck)
        {
            return new TcpSegment(tcp.Sequence, tcp.Acknowledgment, TcpMarks.None, 0, 0); // a reset of a half-open connection
        }

        bool isNew = here.Key != hereKey || (isSyn && here.First != tcp.Sequence);
        uint length = tcp.HasValidLength ? (uint)Math.Max(0, frame.TransportLength - tcp.HeaderLength) : 0;
        if (isNew)
        {
            here = new Direction { Key = hereKey, First = tcp.Sequence, Next = tcp.Sequence };
            ref Direction before = ref Find(thereKey);
            if (before.Key == thereKey && isSyn && !isAck)
            {
                // of an earlier connection; the place stays taken, so that others behind it are found
                before.Key = ulong.MaxValue;
            }
        }

        uint sequence = isNew || isSyn ? tcp.Sequence : tcp.Sequence - here.First; // a SYN's is always as it is
        long time = unchecked(seconds * TimeUnits.Second + nanoseconds);
        TcpMarks marks = Judge(ref here, tcp, length, isNew, time, out uint missing);
        ref Direction there = ref Find(thereKey);
        uint acknowledgment = tcp.Acknowledgment;
        int duplicates = 0;
        if (isAck && there.Key != thereKey)
        {
            // As it is this time, and the reference from now on.
            there = new Direction { Key = thereKey, First = tcp.Acknowledgment - 1, Next = tcp.Acknowledgment, IsGuess = true };
        }
        else if (isAck && !isNew && !isSyn)
        {
            acknowledgment -= there.First;
        }

        // The place may be the same when the table is crowded.
        if (here.Key == hereKey && isAck)
        {
            bool bare = length == 0 && (tcp.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) == 0;
            bool underWay = !there.IsGuess && (int)(there.Next - tcp.Acknowledgment) > 0;
            here.Duplicates = bare && underWay && here.HasAck && here.LastAck == tcp.Acknowledgment
                && here.LastWindow == tcp.Window && tcp.Window != 0
                ? here.Duplicates + 1 : 0;
            duplicates = here.Duplicates;
            marks |= duplicates > 0 ? TcpMarks.DuplicateAck : TcpMarks.None;
            here.LastAck = tcp.Acknowledgment;
            here.LastWindow = tcp.Window;
            here.HasAck = true;
        }

        return new TcpSegment(sequence, acknowledgment, marks, missing, duplicates);
    }

    private static TcpMarks Judge(ref Direction here, TcpHeader tcp, uint length, bool isNew, long now, out uint missing)
    {
        missing = 0;
        bool closes = (tcp.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0;
        TcpMarks marks = tcp.Window == 0 && !closes ? TcpMarks.ZeroWindow : TcpMarks.None;
        uint taken = length + ((tcp.Flags & (TcpFlags.Syn | TcpFlags.Fin)) != 0 ? 1u : 0u);
        uint end = tcp.Sequence + taken;
        if (isNew || here.IsGuess)
        {
            here.IsGuess = false;
            here.Next = end;
            here.AdvancedNs = now;
            return marks;
        }

        int ahead = (int)(tcp.Sequence - here.Next);
        if (taken == 0 || (ahead == -1 && length <= 1 && !closes) || (tcp.Flags & TcpFlags.Rst) != 0)
        {
            return marks; // nothing new, or a keep-alive
        }

        if (ahead > 0)
        {
            missing = (uint)ahead;
            marks |= TcpMarks.Gap;
            (here.HoleStart, here.HoleEnd) = (here.Next, tcp.Sequence);
        }
        else if (ahead < 0)
        {
            bool fills = here.HoleStart != here.HoleEnd && (int)(tcp.Sequence - here.HoleStart) >= 0
                && (int)(end - here.HoleEnd) <= 0;
            marks |= fills && now - here.AdvancedNs < ReorderNs ? TcpMarks.OutOfOrder : TcpMarks.Retransmission;
            if (fills)
            {
                here.HoleStart = tcp.Sequence == here.HoleStart ? end : here.HoleStart;
                here.HoleEnd = end == here.HoleEnd ? tcp.Sequence : here.HoleEnd;
                here.HoleEnd = (int)(here.HoleEnd - here.HoleStart) < 0 ? here.HoleStart : here.HoleEnd;
            }
        }

        if ((int)(end - here.Next) > 0)
        {
            here.Next = end;
            here.AdvancedNs = now;
        }

        return marks;
    }

    /// <summary>The key's place, or the one it is to take: a free one, else the last probed.</summary>
    private ref Direction Find(ulong key)
    {
        int slot = (int)(key % Size);
        for (int probe = 0; probe < Probes - 1 && _directions[slot].Key != key && _directions[slot].Key != 0; probe++)
        {
            slot = (slot + 1) % Size;
        }

        return ref _directions[slot];
    }

    private static ulong Key(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, ushort sourcePort, ushort destinationPort)
    {
        ulong ports = (ulong)sourcePort << 16 | destinationPort;
        if (source.Length == 4)
        {
            ulong addresses = (ulong)BitConverter.ToUInt32(source) << 32 | BitConverter.ToUInt32(destination);
            return s_hash.Of(ports, addresses) | 1; // 0 is an empty place
        }

        ulong ends = s_hash.Of(ports, BitConverter.ToUInt64(source), BitConverter.ToUInt64(destination));
        return s_hash.Of(ends, BitConverter.ToUInt64(source[8..]), BitConverter.ToUInt64(destination[8..])) | 1;
    }

    private struct Direction
    {
        public ulong Key;
        public long AdvancedNs;
        public uint First;
        public uint Next;
        public uint HoleStart;
        public uint HoleEnd;
        public uint LastAck;
        public int Duplicates;
        public ushort LastWindow;
        public bool HasAck;

        /// <summary>Only the other end's acknowledgement has said anything of it so far.</summary>
        public bool IsGuess;
    }
}
