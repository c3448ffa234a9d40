using System.Buffers.Binary;

namespace NetTools.OptBench.Protocol;

/// <summary>The head of a UDP job's datagrams: 24 bytes, numbers in network order; the rest is padding.</summary>
/// <param name="Job">The job's number: what another sender cannot know.</param>
/// <param name="Sequence">From 0.</param>
/// <param name="SentNs">When it was sent, on the sender's clock, nanoseconds.</param>
internal readonly record struct Datagram(ulong Job, long Sequence, long SentNs)
{
    public const int Size = 24;

    /// <summary>Writes the head.</summary>
    /// <param name="to">At least <see cref="Size"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteUInt64BigEndian(to, Job);
        BinaryPrimitives.WriteInt64BigEndian(to[8..], Sequence);
        BinaryPrimitives.WriteInt64BigEndian(to[16..], SentNs);
    }

    /// <summary>Reads the head, or gives null where it is cut short or the number is not one.</summary>
    public static Datagram? TryRead(ReadOnlySpan<byte> from)
    {
        if (from.Length < Size)
        {
            return null;
        }

        Datagram read = new(BinaryPrimitives.ReadUInt64BigEndian(from), BinaryPrimitives.ReadInt64BigEndian(from[8..]),
            BinaryPrimitives.ReadInt64BigEndian(from[16..]));
        return read.Sequence >= 0 ? read : null;
    }
}
