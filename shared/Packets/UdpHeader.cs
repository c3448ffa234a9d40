using System.Buffers.Binary;

namespace NetTools.Packets;

/// <summary>A UDP header over bytes from anywhere: RFC 768. Nothing reads outside the bytes it was given.</summary>
public readonly ref struct UdpHeader
{
    /// <summary>The bytes of the header.</summary>
    public const int HeaderLength = 8;

    private readonly ReadOnlySpan<byte> _bytes;

    private UdpHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the header at the start of a datagram, of which the end may be missing.</summary>
    /// <returns>False when there are fewer than 8 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out UdpHeader header)
    {
        bool good = datagram.Length >= HeaderLength;
        header = good ? new UdpHeader(datagram) : default;
        return good;
    }

    /// <summary>Source port.</summary>
    public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>Destination port.</summary>
    public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>
    /// What the header says the datagram measures, header included; 0 in jumbograms and in segments yet to be cut.
    /// </summary>
    public ushort Length => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);

    /// <summary>The checksum as it stands; 0 means none over IPv4.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);

    /// <summary>The payload that is here: no more than <see cref="Length"/> allows.</summary>
    public ReadOnlySpan<byte> Payload
    {
        get
        {
            int end = Length == 0 ? _bytes.Length : Math.Clamp(Length, HeaderLength, _bytes.Length);
            return _bytes[HeaderLength..end];
        }
    }
}

/// <summary>A header of UDP-Lite over bytes from anywhere: RFC 3828 3.1. It has a coverage where UDP has its length.</summary>
public readonly ref struct UdpLiteHeader
{
    /// <summary>Its number in IP's header.</summary>
    public const byte Protocol = 136;

    private readonly ReadOnlySpan<byte> _bytes;

    private UdpLiteHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the header at the start of a datagram, of which the end may be missing.</summary>
    /// <returns>False when there are fewer than 8 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> datagram, out UdpLiteHeader header)
    {
        bool good = datagram.Length >= UdpHeader.HeaderLength;
        header = good ? new UdpLiteHeader(datagram) : default;
        return good;
    }

    /// <summary>How many bytes the checksum covers, header included: 0 for all of them, never 1 to 7.</summary>
    public ushort Coverage => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);

    /// <summary>The checksum as it stands; never 0.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);
}
