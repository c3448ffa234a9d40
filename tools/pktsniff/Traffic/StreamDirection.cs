using NetTools.Packets;

namespace NetTools.PktSniff.Traffic;

/// <summary>Puts the bytes of one direction of a TCP connection in order. What waits for earlier bytes is bounded.</summary>
internal sealed class StreamDirection
{
    private const int MostWaiting = 8 * 1024 * 1024;
    private const int AroundSegment = 64;

    private readonly SortedList<long, byte[]> _waiting = [];
    private uint _first;
    private long _next;
    private long _waitingBytes;

    /// <summary>Takes what is in order: bytes, or a number of bytes that are missing.</summary>
    public delegate void Sink(ReadOnlySpan<byte> bytes, long missing);

    /// <summary>True once a segment was seen.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>True when a SYN is of another connection than the one followed.</summary>
    public bool IsOfAnother(scoped in DecodedFrame frame) =>
        HasBegun && (frame.Tcp.Flags & TcpFlags.Syn) != 0 && frame.Tcp.Sequence + 1 != _first;

    /// <summary>Takes a segment, and hands on what is in order with it.</summary>
    public void Add(scoped in DecodedFrame frame, Sink sink)
    {
        TcpHeader tcp = frame.Tcp;
        bool isSyn = (tcp.Flags & TcpFlags.Syn) != 0;
        uint sequence = tcp.Sequence + (isSyn ? 1u : 0u);
        if (!HasBegun)
        {
            HasBegun = true;
            _first = sequence;
        }

        int length = tcp.HasValidLength ? Math.Max(0, frame.TransportLength - tcp.HeaderLength) : 0;
        ReadOnlySpan<byte> bytes = tcp.Payload[..Math.Min(length, tcp.Payload.Length)];
        if (bytes.IsEmpty)
        {
            return;
        }

        // Numbers go round after 4 GiB: near to where the stream is.
        long at = _next + (int)(sequence - unchecked(_first + (uint)_next));
        if (at > _next)
        {
            Keep(at, bytes);
            if (_waitingBytes > MostWaiting)
            {
                PassGap(sink);
            }

            return;
        }

        HandOver(at, bytes, sink);
        Drain(sink);
    }

    /// <summary>The other end acknowledges bytes: those that are missing until there will not come any more.</summary>
    public void Acknowledge(uint number, Sink sink)
    {
        while (HasBegun && _waiting.Count > 0 && _next + (int)(number - unchecked(_first + (uint)_next)) >= _waiting.Keys[0])
        {
            PassGap(sink);
        }
    }

    /// <summary>Hands on all that waits.</summary>
    public void End(Sink sink)
    {
        while (_waiting.Count > 0)
        {
            PassGap(sink);
        }
    }

    private void Keep(long at, ReadOnlySpan<byte> bytes)
    {
        if (_waiting.TryGetValue(at, out byte[]? known))
        {
            if (known.Length >= bytes.Length)
            {
                return;
            }

            _waitingBytes -= known.Length + AroundSegment;
        }

        _waiting[at] = bytes.ToArray();
        _waitingBytes += bytes.Length + AroundSegment;
    }

    private void PassGap(Sink sink)
    {
        sink(default, _waiting.Keys[0] - _next);
        _next = _waiting.Keys[0];
        Drain(sink);
    }

    private void Drain(Sink sink)
    {
        while (_waiting.Count > 0 && _waiting.Keys[0] <= _next)
        {
            long at = _waiting.Keys[0];
            byte[] bytes = _waiting.Values[0];
            _waiting.RemoveAt(0);
            _waitingBytes -= bytes.Length + AroundSegment;
            HandOver(at, bytes, sink);
        }
    }

    private void HandOver(long at, ReadOnlySpan<byte> bytes, Sink sink)
    {
        long known = _next - at;
        if (known < bytes.Length)
        {
            sink(bytes[(int)known..], 0);
            _next = at + bytes.Length;
        }
    }
}
