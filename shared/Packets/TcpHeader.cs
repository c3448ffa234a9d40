using System.Buffers.Binary;

namespace NetTools.Packets;

/// <summary>A TCP header over bytes from anywhere: RFC 9293. Nothing reads outside the bytes it was given.</summary>
public readonly ref struct TcpHeader
{
    /// <summary>The bytes of a header without options.</summary>
    public const int MinimumLength = 20;

    private readonly ReadOnlySpan<byte> _bytes;

    private TcpHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the header at the start of a segment, of which the end may be missing.</summary>
    /// <returns>
    /// False when there are fewer than 20 bytes. The data offset is not judged: see <see cref="HasValidLength"/>.
    /// </returns>
    public static bool TryRead(ReadOnlySpan<byte> segment, out TcpHeader header)
    {
        bool good = segment.Length >= MinimumLength;
        header = good ? new TcpHeader(segment) : default;
        return good;
    }

    /// <summary>Source port.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>Destination port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>Sequence number of the first byte of payload, as it stands.</summary>
    public uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    /// <summary>Acknowledgement number as it stands; meaningful with the ACK flag.</summary>
    public uint Acknowledgment => BinaryPrimitives.ReadUInt32BigEndian(_bytes[8..]);

    /// <summary>What the header says it measures, options included: 0 to 60 bytes.</summary>
    public int HeaderLength => (_bytes[12] >> 4) * 4;

    /// <summary>True when the header says a possible length; its options may still be missing.</summary>
    public bool HasValidLength => HeaderLength >= MinimumLength;

    /// <summary>Twelve bits: three reserved, AE, then CWR to FIN, a combination of <see cref="TcpFlags"/>.</summary>
    public TcpFlags Flags => (TcpFlags)(BinaryPrimitives.ReadUInt16BigEndian(_bytes[12..]) & 0xfff);

    /// <summary>Receive window as it stands, not scaled.</summary>
    public ushort Window => BinaryPrimitives.ReadUInt16BigEndian(_bytes[14..]);

    /// <summary>The checksum as it stands.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[16..]);

    /// <summary>Urgent pointer; meaningful with the URG flag.</summary>
    public ushort UrgentPointer => BinaryPrimitives.ReadUInt16BigEndian(_bytes[18..]);

    /// <summary>The options that are here, 0 to 40 bytes.</summary>
    public ReadOnlySpan<byte> Options =>
        HasValidLength ? _bytes[MinimumLength..Math.Min(HeaderLength, _bytes.Length)] : default;

    /// <summary>The payload that is here; empty when the header's length is impossible.</summary>
    public ReadOnlySpan<byte> Payload =>
        HasValidLength ? _bytes[Math.Min(HeaderLength, _bytes.Length)..] : default;
}

/// <summary>The flags of a TCP header: RFC 9293 3.1, RFC 9768.</summary>
[Flags]
public enum TcpFlags : ushort
{
    /// <summary>No flag.</summary>
    None = 0,

    /// <summary>No more data from the sender.</summary>
    Fin = 0x01,

    /// <summary>Synchronize sequence numbers.</summary>
    Syn = 0x02,

    /// <summary>Reset the connection.</summary>
    Rst = 0x04,

    /// <summary>Push.</summary>
    Psh = 0x08,

    /// <summary>The acknowledgement number counts.</summary>
    Ack = 0x10,

    /// <summary>The urgent pointer counts.</summary>
    Urg = 0x20,

    /// <summary>ECN echo.</summary>
    Ece = 0x40,

    /// <summary>Congestion window reduced.</summary>
    Cwr = 0x80,

    /// <summary>Accurate ECN, once called NS.</summary>
    Ae = 0x100,
}
