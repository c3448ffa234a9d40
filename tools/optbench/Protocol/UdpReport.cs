using System.Buffers.Binary;

namespace NetTools.OptBench.Protocol;

/// <summary>What the server saw of a UDP job's datagrams. Numbers in network order.</summary>
/// <param name="Received">Datagrams of the job, without duplicates.</param>
/// <param name="Bytes">Their payload.</param>
/// <param name="Duplicates">Datagrams that had come before.</param>
/// <param name="Reordered">Datagrams that came after one with a higher number.</param>
/// <param name="Dropped">Datagrams that its socket had no room for.</param>
/// <param name="JitterNs">Interarrival jitter, RFC 3550 6.4.1, nanoseconds.</param>
/// <param name="SpanNs">From the first to the last arrival, nanoseconds.</param>
internal readonly record struct UdpReport(
    long Received, long Bytes, long Duplicates, long Reordered, long Dropped, long JitterNs, long SpanNs)
{
    public const int Size = 64;
    private const uint Magic = 0x4f505455; // OPTU
    private const int NumbersAt = 8;

    /// <summary>Writes the message.</summary>
    /// <param name="to"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, Magic);
        ReadOnlySpan<long> numbers = [Received, Bytes, Duplicates, Reordered, Dropped, JitterNs, SpanNs];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(to[(NumbersAt + (i * sizeof(long)))..], numbers[i]);
        }
    }

    /// <summary>Reads the message, or gives null for something an optbench server does not say.</summary>
    /// <param name="from"><see cref="Size"/> bytes from anybody.</param>
    public static UdpReport? TryRead(ReadOnlySpan<byte> from)
    {
        if (from.Length != Size || BinaryPrimitives.ReadUInt64BigEndian(from) != Magic)
        {
            return null;
        }

        Span<long> numbers = stackalloc long[(Size - NumbersAt) / sizeof(long)];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64BigEndian(from[(NumbersAt + (i * sizeof(long)))..]);
            if (numbers[i] < 0)
            {
                return null;
            }
        }

        return new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
    }
}
