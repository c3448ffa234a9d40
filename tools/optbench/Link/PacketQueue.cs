using System.Runtime.InteropServices;

namespace NetTools.OptBench.Link;

/// <summary>
/// A first-in first-out queue of packets, each with the time at which it is due, in a ring of native memory: no allocation a
/// packet, and memory is touched only as far as the queue has ever been deep (it starts again at the front whenever it runs
/// empty).
/// </summary>
internal sealed unsafe class PacketQueue(int capacity) : IDisposable
{
    private const int HeaderBytes = 16; // due time, length
    private const int Wrapped = -1;

    private byte* _ring = (byte*)NativeMemory.Alloc((nuint)capacity);
    private int _head;
    private int _tail;
    private int _used;

    /// <summary>True when there is nothing in it.</summary>
    public bool IsEmpty => _used == 0;

    /// <summary>When the first packet is due; only when not empty.</summary>
    public long FirstDue => *(long*)(_ring + Front());

    /// <summary>The first packet; only when not empty, and only until the queue is changed.</summary>
    public ReadOnlySpan<byte> First
    {
        get
        {
            int front = Front();
            return new(_ring + front + HeaderBytes, *(int*)(_ring + front + sizeof(long)));
        }
    }

    /// <summary>Adds a packet; false when there is no room.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="due">Not before that of any packet in the queue.</param>
    /// <param name="packet">To be filled before the queue is used again.</param>
    public bool TryAdd(int length, long due, out Span<byte> packet)
    {
        packet = default;
        int record = Record(length);
        bool wraps = _tail + record > capacity; // a record is never cut in two
        int needed = record + (wraps ? capacity - _tail : 0);
        if (_used + needed > capacity)
        {
            return false;
        }

        if (wraps)
        {
            if (capacity - _tail >= HeaderBytes)
            {
                *(int*)(_ring + _tail + sizeof(long)) = Wrapped;
            }

            _used += capacity - _tail;
            _tail = 0;
        }

        *(long*)(_ring + _tail) = due;
        *(int*)(_ring + _tail + sizeof(long)) = length;
        packet = new Span<byte>(_ring + _tail + HeaderBytes, length);
        _tail += record;
        _used += record;
        return true;
    }

    /// <summary>Takes the first packet away; only when not empty.</summary>
    public void RemoveFirst()
    {
        int front = Front();
        if (front != _head)
        {
            _used -= capacity - _head;
        }

        int record = Record(*(int*)(_ring + front + sizeof(long)));
        _head = front + record;
        _used -= record;
        if (_used == 0)
        {
            _head = _tail = 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_ring);
        _ring = null;
    }

    /// <summary>Records stay aligned to 8 bytes, so that the due time may be read in place.</summary>
    private static int Record(int length) => HeaderBytes + ((length + 7) & ~7);

    private int Front() =>
        capacity - _head < HeaderBytes || *(int*)(_ring + _head + sizeof(long)) == Wrapped ? 0 : _head;
}
