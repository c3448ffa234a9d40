using System.Buffers.Binary;
using NetTools.Os;
using NetTools.RawPing.Probing;

namespace NetTools.RawPing.Wire;

/// <summary>What follows the 8 bytes of an ICMP header in a request, and how its answer is known.</summary>
internal abstract class RequestBody
{
    /// <summary>Bytes, in the request and in its answer.</summary>
    public abstract int Length { get; }

    /// <summary>The bytes at the beginning that tell one request's answer from another's.</summary>
    public abstract int NonceLength { get; }

    /// <summary>Writes what is the same in all requests.</summary>
    /// <param name="data">Exactly <see cref="Length"/> bytes.</param>
    public abstract void WritePattern(Span<byte> data);

    /// <summary>Writes what is each request's own, over data that holds the pattern.</summary>
    public abstract void WriteNonce(Span<byte> data, ulong number);

    /// <summary>True when the beginning is that of this request, as far as it was sent.</summary>
    public abstract bool HasNonce(ReadOnlySpan<byte> data, ulong number);

    /// <summary>Where an answer's data differs from what it has to be, or -1.</summary>
    public abstract int FirstDifference(ReadOnlySpan<byte> data);
}

/// <summary>Three times in milliseconds since midnight UT, of which ours comes back: RFC 792, timestamp.</summary>
internal sealed class TimestampBody : RequestBody
{
    private const int Size = 12;

    // What was sent, by the sequence number on the wire: the answer has to have it, too.
    private readonly uint[] _originated = new uint[ProbeTable.Size];

    public override int Length => Size;

    public override int NonceLength => sizeof(uint);

    public override void WritePattern(Span<byte> data) => data.Clear();

    public override void WriteNonce(Span<byte> data, ulong number)
    {
        uint now = (uint)(Clock.RealtimeNanoseconds / TimeUnits.Millisecond % (24 * 3600 * 1000));
        _originated[(ushort)number] = now;
        BinaryPrimitives.WriteUInt32BigEndian(data, now);
    }

    public override bool HasNonce(ReadOnlySpan<byte> data, ulong number) =>
        data.Length >= NonceLength && BinaryPrimitives.ReadUInt32BigEndian(data) == _originated[(ushort)number];

    public override int FirstDifference(ReadOnlySpan<byte> data) => data.Length == Size ? -1 : Math.Min(data.Length, Size);
}

/// <summary>A mask that the answer fills in: RFC 950.</summary>
internal sealed class MaskBody : RequestBody
{
    private const int Size = 4;

    public override int Length => Size;

    public override int NonceLength => 0;

    public override void WritePattern(Span<byte> data) => data.Clear();

    public override void WriteNonce(Span<byte> data, ulong number)
    {
        // A mask request has no room for one.
    }

    public override bool HasNonce(ReadOnlySpan<byte> data, ulong number) => true;

    public override int FirstDifference(ReadOnlySpan<byte> data) => data.Length == Size ? -1 : Math.Min(data.Length, Size);
}
