using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using Tmds.Linux;
using static NetTools.Libc.Linux;

namespace NetTools.PktSniff.Link;

/// <summary>
/// The header of a Linux cooked capture, version 2 (LINKTYPE_LINUX_SLL2), which stands in for that of the link where links
/// differ or are not known: protocol, reserved, interface, kind of link, packet type, length of the address, address.
/// </summary>
internal static unsafe class CookedHeader
{
    /// <summary>Bytes of the header.</summary>
    public const int Length = 20;

    private const int AddressLength = 8;

    /// <summary>Writes the header, and the VLAN tag that the kernel took out, into the room before a packet.</summary>
    /// <param name="start">The packet; the header when it returns.</param>
    /// <param name="address">What the kernel says of the packet.</param>
    /// <param name="header">Where the tag is.</param>
    /// <param name="tagged">Whether there is one.</param>
    /// <returns>Bytes written.</returns>
    public static int Put(ref byte* start, sockaddr_ll* address, tpacket3_hdr* header, bool tagged)
    {
        int length = Length + (tagged ? VlanTag.Length : 0);
        ushort protocol = BinaryPrimitives.ReverseEndianness((ushort)address->sll_protocol);
        if (tagged && BeginsWithTag(new ReadOnlySpan<byte>(start, (int)header->tp_snaplen), protocol))
        {
            protocol = ETH_P_8021Q;
        }

        start -= length;
        Span<byte> room = new(start, length);
        BinaryPrimitives.WriteUInt16BigEndian(room, tagged ? TagType(header) : protocol);
        room[2..4].Clear();
        BinaryPrimitives.WriteInt32BigEndian(room[4..], address->sll_ifindex);
        BinaryPrimitives.WriteUInt16BigEndian(room[8..], address->sll_hatype);
        room[10] = address->sll_pkttype;
        room[11] = address->sll_halen;
        Span<byte> hardware = room.Slice(12, AddressLength);
        hardware.Clear();
        int known = Math.Min((int)address->sll_halen, AddressLength);
        new ReadOnlySpan<byte>((byte*)address + sizeof(sockaddr_ll) - AddressLength, known).CopyTo(hardware);
        if (tagged)
        {
            BinaryPrimitives.WriteUInt16BigEndian(room[Length..], (ushort)header->hv1.tp_vlan_tci);
            BinaryPrimitives.WriteUInt16BigEndian(room[(Length + 2)..], protocol);
        }

        return length;
    }

    /// <summary>
    /// Newer kernels (seen: 6.18) tell as the protocol of a packet that behind all tags, though it begins with the inner one: tag
    /// control information, then the protocol again. A packet of that protocol itself cannot look so.
    /// </summary>
    private static bool BeginsWithTag(ReadOnlySpan<byte> packet, ushort protocol) =>
        packet.Length >= VlanTag.Length && BinaryPrimitives.ReadUInt16BigEndian(packet[2..]) == protocol && protocol switch
        {
            ETH_P_IP => packet[0] >> 4 != 4,
            ETH_P_IPV6 => packet[0] >> 4 != 6,
            _ => protocol == ETH_P_ARP,
        };

    /// <summary>The EtherType of the tag that the kernel took out of a frame.</summary>
    public static ushort TagType(tpacket3_hdr* header) =>
        (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? header->hv1.tp_vlan_tpid : (ushort)ETH_P_8021Q;
}
