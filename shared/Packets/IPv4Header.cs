using System.Buffers.Binary;

namespace NetTools.Packets;

/// <summary>An IPv4 header over bytes from anywhere: RFC 791. Nothing reads outside the bytes it was given.</summary>
public readonly ref struct IPv4Header
{
    /// <summary>The bytes of a header without options.</summary>
    public const int MinimumLength = 20;

    /// <summary>The most bytes a header can have: 15 words.</summary>
    public const int MaximumLength = 60;

    private readonly ReadOnlySpan<byte> _bytes;

    private IPv4Header(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the header at the start of a packet, of which the end may be missing.</summary>
    /// <returns>False unless the version is 4 and the whole header, options included, is there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> packet, out IPv4Header header)
    {
        header = default;
        if (packet.Length < MinimumLength || packet[0] >> 4 != 4)
        {
            return false;
        }

        int length = (packet[0] & 15) * 4;
        if (length < MinimumLength || length > packet.Length)
        {
            return false;
        }

        header = new IPv4Header(packet);
        return true;
    }

    /// <summary>Bytes of the header, options included: 20 to 60.</summary>
    public int HeaderLength => (_bytes[0] & 15) * 4;

    /// <summary>The type of service byte: DSCP in the upper six bits, ECN in the lower two.</summary>
    public byte TypeOfService => _bytes[1];

    /// <summary>
    /// What the header says the whole packet measures; it may lie, and is 0 in segments the card has yet to cut.
    /// </summary>
    public int TotalLength => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>The identification field, the same in all fragments of a packet.</summary>
    public ushort Identification => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);

    /// <summary>The DF bit.</summary>
    public bool DontFragment => (_bytes[6] & 0x40) != 0;

    /// <summary>The MF bit.</summary>
    public bool MoreFragments => (_bytes[6] & 0x20) != 0;

    /// <summary>Where this fragment's payload belongs, in bytes: 0 to 65528.</summary>
    public int FragmentOffset => (BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]) & 0x1fff) * 8;

    /// <summary>Time to live.</summary>
    public byte TimeToLive => _bytes[8];

    /// <summary>The protocol of the payload: IPPROTO_ICMP and so on.</summary>
    public byte Protocol => _bytes[9];

    /// <summary>The header checksum as it stands.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[10..]);

    /// <summary>True when the header checksum is right.</summary>
    public bool ChecksumIsValid => InternetChecksum.IsValid(_bytes[..HeaderLength]);

    /// <summary>The source address, 4 bytes.</summary>
    public ReadOnlySpan<byte> Source => _bytes.Slice(12, 4);

    /// <summary>The destination address, 4 bytes.</summary>
    public ReadOnlySpan<byte> Destination => _bytes.Slice(16, 4);

    /// <summary>The options with their padding, 0 to 40 bytes.</summary>
    public ReadOnlySpan<byte> Options => _bytes[MinimumLength..HeaderLength];

    /// <summary>The payload that is here: no more than <see cref="TotalLength"/> allows, so link padding is left out.</summary>
    public ReadOnlySpan<byte> Payload
    {
        get
        {
            int end = TotalLength == 0 ? _bytes.Length : Math.Clamp(TotalLength, HeaderLength, _bytes.Length);
            return _bytes[HeaderLength..end];
        }
    }

    /// <summary>True when the packet says it is longer than the bytes that are here.</summary>
    public bool IsTruncated => TotalLength > _bytes.Length;

    /// <summary>Writes a header and its checksum.</summary>
    /// <param name="packet">Room for <see cref="IPv4Fields.HeaderLength"/> bytes.</param>
    /// <param name="fields">What to write.</param>
    /// <returns>The bytes written: where the payload begins.</returns>
    /// <exception cref="ArgumentException">
    /// The room is too small, or an address or the options have an impossible length.
    /// </exception>
    public static int Write(Span<byte> packet, in IPv4Fields fields)
    {
        int length = fields.HeaderLength;
        if (length > MaximumLength || packet.Length < length || fields.Source.Length != 4 || fields.Destination.Length != 4)
        {
            throw new ArgumentException("an IPv4 header has 4-byte addresses, at most 40 bytes of options, and room");
        }

        packet = packet[..length];
        packet.Clear();
        packet[0] = (byte)(0x40 | length / 4);
        packet[1] = fields.TypeOfService;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)fields.TotalLength);
        BinaryPrimitives.WriteUInt16BigEndian(packet[4..], fields.Identification);
        int fragment = (fields.DontFragment ? 0x4000 : 0) | (fields.MoreFragments ? 0x2000 : 0) | fields.FragmentOffset / 8;
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], (ushort)fragment);
        packet[8] = fields.TimeToLive;
        packet[9] = fields.Protocol;
        fields.Source.CopyTo(packet[12..]);
        fields.Destination.CopyTo(packet[16..]);
        fields.Options.CopyTo(packet[MinimumLength..]);
        BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Compute(packet));
        return length;
    }
}

/// <summary>The fields of an IPv4 header to write; what is not set is zero.</summary>
public readonly ref struct IPv4Fields
{
    /// <summary>DSCP and ECN.</summary>
    public byte TypeOfService { get; init; }

    /// <summary>Header and payload in bytes, 20 to 65535.</summary>
    public int TotalLength { get; init; }

    /// <summary>The identification field.</summary>
    public ushort Identification { get; init; }

    /// <summary>The DF bit.</summary>
    public bool DontFragment { get; init; }

    /// <summary>The MF bit.</summary>
    public bool MoreFragments { get; init; }

    /// <summary>Bytes, a multiple of 8 up to 65528.</summary>
    public int FragmentOffset { get; init; }

    /// <summary>Time to live.</summary>
    public byte TimeToLive { get; init; }

    /// <summary>The payload's protocol.</summary>
    public byte Protocol { get; init; }

    /// <summary>The source address, 4 bytes.</summary>
    public ReadOnlySpan<byte> Source { get; init; }

    /// <summary>The destination address, 4 bytes.</summary>
    public ReadOnlySpan<byte> Destination { get; init; }

    /// <summary>Up to 40 bytes of options; they are padded with zeros (end of options) to whole words.</summary>
    public ReadOnlySpan<byte> Options { get; init; }

    /// <summary>The bytes the header will take.</summary>
    public int HeaderLength => IPv4Header.MinimumLength + (Options.Length + 3) / 4 * 4;
}
