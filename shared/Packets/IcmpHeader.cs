using System.Buffers.Binary;

namespace NetTools.Packets;

/// <summary>
/// An ICMP or ICMPv6 message over bytes from anywhere: RFC 792, RFC 4443. Nothing reads outside the bytes it was given.
/// </summary>
public readonly ref struct IcmpHeader
{
    /// <summary>The bytes every message begins with.</summary>
    public const int Length = 8;

    private readonly ReadOnlySpan<byte> _bytes;

    private IcmpHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the message, of which the end may be missing.</summary>
    /// <returns>False when there are fewer than 8 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out IcmpHeader header)
    {
        bool good = message.Length >= Length;
        header = good ? new IcmpHeader(message) : default;
        return good;
    }

    /// <summary>A value of <see cref="IcmpType"/> or <see cref="Icmpv6Type"/>.</summary>
    public byte Type => _bytes[0];

    /// <summary>Which kind of the type.</summary>
    public byte Code => _bytes[1];

    /// <summary>The checksum as it stands.</summary>
    public ushort Checksum => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>The identifier of echo, timestamp and mask messages.</summary>
    public ushort Identifier => BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]);

    /// <summary>The sequence number of echo, timestamp and mask messages.</summary>
    public ushort Sequence => BinaryPrimitives.ReadUInt16BigEndian(_bytes[6..]);

    /// <summary>The four bytes after the checksum as one number: gateway, pointer or MTU, by type.</summary>
    public uint Rest => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    /// <summary>What follows the 8 bytes and is here: data, or the quoted packet of an error.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[Length..];

    /// <summary>True when an ICMP (version 4) message that is here in full adds up.</summary>
    public bool ChecksumIsValid => InternetChecksum.IsValid(_bytes);

    /// <summary>True when an ICMPv6 message that is here in full adds up with its pseudo header.</summary>
    /// <param name="source">16 bytes.</param>
    /// <param name="destination">16 bytes.</param>
    public bool ChecksumIsValidV6(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination)
    {
        ulong pseudo = InternetChecksum.AddPseudoHeader(0, source, destination, protocol: 58, _bytes.Length);
        return InternetChecksum.Finish(InternetChecksum.Add(pseudo, _bytes)) == 0;
    }

    /// <summary>Writes the 8 bytes before a payload that is already in place, checksum included.</summary>
    /// <param name="message">The whole message: 8 bytes, then its payload.</param>
    /// <param name="type">A value of <see cref="IcmpType"/> or <see cref="Icmpv6Type"/>.</param>
    /// <param name="code">Which kind of the type.</param>
    /// <param name="identifier">The first half of the rest of the header.</param>
    /// <param name="sequence">The second half.</param>
    /// <param name="pseudoHeader">
    /// For ICMPv6 the sum of <see cref="InternetChecksum.AddPseudoHeader"/>; 0 for ICMP. (A raw ICMPv6 socket writes the
    /// checksum itself: RFC 3542 3.1.)
    /// </param>
    /// <exception cref="ArgumentException">There are fewer than 8 bytes.</exception>
    public static void Write(
        Span<byte> message, byte type, byte code, ushort identifier, ushort sequence, ulong pseudoHeader = 0)
    {
        if (message.Length < Length)
        {
            throw new ArgumentException("an ICMP message has at least 8 bytes");
        }

        message[0] = type;
        message[1] = code;
        message[2] = 0;
        message[3] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(message[4..], identifier);
        BinaryPrimitives.WriteUInt16BigEndian(message[6..], sequence);
        ushort checksum = InternetChecksum.Finish(InternetChecksum.Add(pseudoHeader, message));
        BinaryPrimitives.WriteUInt16BigEndian(message[2..], checksum);
    }
}
