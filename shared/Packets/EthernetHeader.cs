using System.Buffers.Binary;
using NetTools.Libc;

namespace NetTools.Packets;

/// <summary>An Ethernet header over bytes from anywhere: IEEE 802.3. Nothing reads outside the bytes it was given.</summary>
public readonly ref struct EthernetHeader
{
    /// <summary>The bytes of the header without tags.</summary>
    public const int Length = 14;

    private readonly ReadOnlySpan<byte> _bytes;

    private EthernetHeader(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the header at the start of a frame.</summary>
    /// <returns>False when there are fewer than 14 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> frame, out EthernetHeader header)
    {
        bool good = frame.Length >= Length;
        header = good ? new EthernetHeader(frame[..Length]) : default;
        return good;
    }

    /// <summary>Destination address, 6 bytes.</summary>
    public ReadOnlySpan<byte> Destination => _bytes[..6];

    /// <summary>Who sent it, 6 bytes.</summary>
    public ReadOnlySpan<byte> Source => _bytes.Slice(6, 6);

    /// <summary>
    /// The EtherType, or the payload's length when <see cref="IsLength"/>; of a tagged frame the outer tag's TPID.
    /// </summary>
    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(_bytes[12..]);

    /// <summary>True for IEEE 802.3 frames, whose <see cref="Type"/> is a length and whose payload begins with LLC.</summary>
    public bool IsLength => Type < Linux.ETH_P_802_3_MIN;

    /// <summary>True for the EtherTypes that announce a VLAN tag: 802.1Q, 802.1ad, and the older 0x9100.</summary>
    public static bool IsVlanType(ushort type) => type is Linux.ETH_P_8021Q or Linux.ETH_P_8021AD or Linux.ETH_P_QINQ1;

    /// <summary>Writes a header.</summary>
    /// <param name="frame">Room for 14 bytes.</param>
    /// <param name="destination">6 bytes.</param>
    /// <param name="source">6 bytes.</param>
    /// <param name="type">The EtherType.</param>
    /// <returns>14: where the payload begins.</returns>
    /// <exception cref="ArgumentException">The room is too small, or an address does not have 6 bytes.</exception>
    public static int Write(Span<byte> frame, ReadOnlySpan<byte> destination, ReadOnlySpan<byte> source, ushort type)
    {
        if (frame.Length < Length || destination.Length != 6 || source.Length != 6)
        {
            throw new ArgumentException("an Ethernet header has 6-byte addresses and room for 14 bytes");
        }

        destination.CopyTo(frame);
        source.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], type);
        return Length;
    }
}

/// <summary>The 16 bits of a VLAN tag: IEEE 802.1Q.</summary>
/// <param name="Tci">Tag control information as it stands, host order.</param>
public readonly record struct VlanTag(ushort Tci)
{
    /// <summary>The bytes a tag adds to a frame: TPID and TCI.</summary>
    public const int Length = 4;

    /// <summary>VLAN identifier, 0 to 4095; 0 means priority only.</summary>
    public int Id => Tci & 0xfff;

    /// <summary>Priority code point, 0 to 7.</summary>
    public int Priority => Tci >> 13;

    /// <summary>Drop eligible indicator.</summary>
    public bool DropEligible => (Tci & 0x1000) != 0;
}
