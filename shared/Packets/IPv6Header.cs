using System.Buffers.Binary;

namespace NetTools.Packets;

/// <summary>An IPv6 header over bytes from anywhere: RFC 8200. Nothing reads outside the bytes it was given.</summary>
public readonly ref struct IPv6Header
{
    /// <summary>The bytes of the header; extension headers come after it.</summary>
    public const int Length = 40;

    private readonly ReadOnlySpan<byte> _bytes;

    private IPv6Header(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the header at the start of a packet, of which the end may be missing.</summary>
    /// <returns>False unless the version is 6 and the 40 bytes are there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, out IPv6Header header)
    {
        bool good = packet.Length >= Length && packet[0] >> 4 == 6;
        header = good ? new IPv6Header(packet) : default;
        return good;
    }

    /// <summary>The traffic class: DSCP in the upper six bits, ECN in the lower two.</summary>
    public byte TrafficClass => (byte)(BinaryPrimitives.ReadUInt16BigEndian(_bytes) >> 4);

    /// <summary>The flow label, 20 bits.</summary>
    public int FlowLabel => BinaryPrimitives.ReadInt32BigEndian(_bytes) & 0xf_ffff;

    /// <summary>What the header says follows it, in bytes; 0 in jumbograms and in segments the card has yet to cut.</summary>
    public int PayloadLength => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);

    /// <summary>The protocol of what follows: an extension header or the upper layer.</summary>
    public byte NextHeader => _bytes[6];

    /// <summary>Hop limit.</summary>
    public byte HopLimit => _bytes[7];

    /// <summary>The source address, 16 bytes.</summary>
    public ReadOnlySpan<byte> Source => _bytes.Slice(8, 16);

    /// <summary>The destination address, 16 bytes.</summary>
    public ReadOnlySpan<byte> Destination => _bytes.Slice(24, 16);

    /// <summary>What follows and is here, extension headers included: no more than <see cref="PayloadLength"/> allows.</summary>
    public ReadOnlySpan<byte> Payload
    {
        get
        {
            int length = PayloadLength == 0 ? int.MaxValue : PayloadLength;
            return _bytes.Slice(Length, Math.Min(length, _bytes.Length - Length));
        }
    }

    /// <summary>True when the packet says it is longer than the bytes that are here.</summary>
    public bool IsTruncated => Length + PayloadLength > _bytes.Length;

    /// <summary>The extension headers, from the first on.</summary>
    public IPv6ExtensionReader Extensions => new(NextHeader, Payload);

    /// <summary>Walks the extension headers to the upper layer.</summary>
    /// <returns>False when the chain of extension headers runs past the bytes that are here.</returns>
    public bool TryReadUpperLayer(out IPv6UpperLayer upper)
    {
        IPv6ExtensionReader extensions = Extensions;
        while (extensions.Next())
        {
        }

        upper = extensions.IsBroken ? default
            : new IPv6UpperLayer(extensions.NextProtocol, extensions.Rest, extensions.FragmentOffset, extensions.MoreFragments);
        return !extensions.IsBroken;
    }

    /// <summary>Writes a header.</summary>
    /// <param name="packet">Room for 40 bytes.</param>
    /// <param name="fields">What to write.</param>
    /// <returns>40: where the payload begins.</returns>
    /// <exception cref="ArgumentException">The room is too small, or an address does not have 16 bytes.</exception>
    public static int Write(Span<byte> packet, in IPv6Fields fields)
    {
        if (packet.Length < Length || fields.Source.Length != 16 || fields.Destination.Length != 16)
        {
            throw new ArgumentException("an IPv6 header has 16-byte addresses and room for 40 bytes");
        }

        BinaryPrimitives.WriteUInt32BigEndian(
            packet, 6u << 28 | (uint)fields.TrafficClass << 20 | (uint)fields.FlowLabel & 0xf_ffff);
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)fields.PayloadLength);
        packet[6] = fields.NextHeader;
        packet[7] = fields.HopLimit;
        fields.Source.CopyTo(packet[8..]);
        fields.Destination.CopyTo(packet[24..]);
        return Length;
    }
}

/// <summary>What stands behind an IPv6 header's extension headers.</summary>
public readonly ref struct IPv6UpperLayer
{
    internal IPv6UpperLayer(byte protocol, ReadOnlySpan<byte> payload, int fragmentOffset, bool moreFragments)
    {
        Protocol = protocol;
        Payload = payload;
        FragmentOffset = fragmentOffset;
        MoreFragments = moreFragments;
    }

    /// <summary>IPPROTO_ICMPV6, IPPROTO_TCP, ...; 59 is "nothing follows".</summary>
    public byte Protocol { get; }

    /// <summary>The upper layer's bytes that are here.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Where these bytes belong in the fragmented payload; when not 0 they hold no upper-layer header.</summary>
    public int FragmentOffset { get; }

    /// <summary>True in every fragment but the last.</summary>
    public bool MoreFragments { get; }
}

/// <summary>The fields of an IPv6 header to write; what is not set is zero.</summary>
public readonly ref struct IPv6Fields
{
    /// <summary>DSCP and ECN.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>20 bits.</summary>
    public int FlowLabel { get; init; }

    /// <summary>Bytes after the header, extension headers included: 0 to 65535.</summary>
    public int PayloadLength { get; init; }

    /// <summary>The protocol of what follows.</summary>
    public byte NextHeader { get; init; }

    /// <summary>Hop limit.</summary>
    public byte HopLimit { get; init; }

    /// <summary>The source address, 16 bytes.</summary>
    public ReadOnlySpan<byte> Source { get; init; }

    /// <summary>The destination address, 16 bytes.</summary>
    public ReadOnlySpan<byte> Destination { get; init; }
}
