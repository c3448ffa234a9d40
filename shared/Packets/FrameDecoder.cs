using System.Buffers.Binary;
using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Packets;

/// <summary>Finds the headers of a frame. Every length the frame claims is checked against the bytes that are here.</summary>
public static class FrameDecoder
{
    /// <summary>The EtherType of a packet that begins with PPP's protocol: IEEE's registry.</summary>
    public const ushort PppType = 0x880b;

    private const int CookedLength = 16;
    private const int Cooked2Length = 20;
    private const int PortsLength = 4;
    private const int SnapLength = 8;
    private const int AuthenticationLength = 12;
    private const int CiscoHdlcLength = 4;
    private const int NflogHeaderLength = 4;
    private const int NflogPayload = 9;

    /// <summary>Decodes what was captured of a frame; allocates nothing and never throws.</summary>
    /// <param name="captured">The bytes, of which the end may be missing.</param>
    /// <param name="linkType">One of <see cref="LinkType"/>; of others nothing is decoded.</param>
    /// <param name="frame">The headers found.</param>
    public static void Decode(ReadOnlySpan<byte> captured, int linkType, out DecodedFrame frame)
    {
        frame = new DecodedFrame { Bytes = captured };
        switch (linkType)
        {
            case LinkType.Ethernet:
                DecodeEthernet(captured, ref frame);
                break;
            case LinkType.Raw or LinkType.RawInFile or LinkType.IPv4 or LinkType.IPv6:
                DecodeByVersion(captured, ref frame);
                break;
            case LinkType.Null or LinkType.Loop when captured.Length >= 4:
                DecodeByVersion(captured[4..], ref frame);
                break;
            case LinkType.LinuxCooked when captured.Length >= CookedLength:
                DecodeCooked(BinaryPrimitives.ReadUInt16BigEndian(captured[14..]), CookedLength, ref frame);
                break;
            case LinkType.LinuxCooked2 when captured.Length >= Cooked2Length:
                DecodeCooked(BinaryPrimitives.ReadUInt16BigEndian(captured), Cooked2Length, ref frame);
                break;
            case LinkType.Ppp or LinkType.PppHdlc:
                // Address and control stand before the protocol unless the peers left them out: RFC 1662 3.1.
                DecodePpp(captured is [0xff, 3, ..] ? captured[2..] : captured, ref frame);
                break;
            case LinkType.PppEthernet:
                frame.EtherType = Linux.ETH_P_PPP_SES;
                frame.Network = captured;
                break;
            case LinkType.CiscoHdlc when captured.Length >= CiscoHdlcLength:
                frame.EtherType = BinaryPrimitives.ReadUInt16BigEndian(captured[2..]);
                DecodeNetwork(captured[CiscoHdlcLength..], ref frame);
                break;
            case LinkType.Nflog:
                DecodeNflog(captured, ref frame);
                break;
        }
    }

    /// <summary>Decodes a packet that something other than a link carries, such as a tunnel.</summary>
    /// <param name="packet">The bytes, of which the end may be missing.</param>
    /// <param name="etherType">
    /// What they are; ETH_P_TEB is an Ethernet frame, <see cref="PppType"/> begins with PPP's protocol.
    /// </param>
    /// <param name="frame">The headers found.</param>
    public static void DecodePacket(ReadOnlySpan<byte> packet, ushort etherType, out DecodedFrame frame)
    {
        frame = new DecodedFrame { Bytes = packet };
        switch (etherType)
        {
            case Linux.ETH_P_TEB:
                DecodeEthernet(packet, ref frame);
                break;
            case PppType:
                DecodePpp(packet, ref frame);
                break;
            default:
                frame.EtherType = etherType;
                DecodeNetwork(packet, ref frame);
                break;
        }
    }

    /// <summary>The EtherType of what PPP has under a number; 0 when it is none that is decoded here: RFC 1661 2.</summary>
    public static ushort EtherTypeOfPpp(int protocol) => protocol switch
    {
        0x21 => Linux.ETH_P_IP,
        0x57 => Linux.ETH_P_IPV6,
        0x281 => Linux.ETH_P_MPLS_UC,
        _ => 0,
    };

    /// <summary>A packet that begins with PPP's protocol, of which the first byte may be left out: RFC 1661 6.5.</summary>
    private static void DecodePpp(ReadOnlySpan<byte> packet, ref DecodedFrame frame)
    {
        int length = packet.Length > 0 && (packet[0] & 1) != 0 ? 1 : 2;
        ushort type = packet.Length < length ? (ushort)0
            : EtherTypeOfPpp(length == 1 ? packet[0] : BinaryPrimitives.ReadUInt16BigEndian(packet));
        frame.EtherType = type == 0 ? PppType : type;
        DecodeNetwork(type == 0 ? packet : packet[length..], ref frame);
    }

    /// <summary>The packet among the attributes of the netfilter log, which are in the order of the host that captured.</summary>
    private static void DecodeNflog(ReadOnlySpan<byte> captured, ref DecodedFrame frame)
    {
        ReadOnlySpan<byte> rest = captured.Length < NflogHeaderLength ? default : captured[NflogHeaderLength..];
        while (rest.Length >= NflogHeaderLength)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(rest);
            if (length < NflogHeaderLength)
            {
                return;
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]) == NflogPayload)
            {
                DecodeByVersion(rest[NflogHeaderLength..Math.Min(length, rest.Length)], ref frame);
                return;
            }

            rest = rest[Math.Min((length + 3) / 4 * 4, rest.Length)..];
        }
    }

    private static void DecodeEthernet(ReadOnlySpan<byte> captured, ref DecodedFrame frame)
    {
        if (!EthernetHeader.TryRead(captured, out EthernetHeader ethernet))
        {
            return;
        }

        frame.Ethernet = ethernet;
        frame.Layers |= FrameLayers.Ethernet;
        ushort type = ethernet.Type;
        ReadOnlySpan<byte> rest = captured[SkipTags(EthernetHeader.Length, ref type, ref frame)..];
        if (type >= Linux.ETH_P_802_3_MIN)
        {
            frame.EtherType = type;
        }
        else
        {
            frame.Llc = rest[..Math.Min(type, rest.Length)];
            // SNAP with an organization of zeros carries an EtherType: RFC 1042.
            if (frame.Llc is [0xaa, 0xaa, 3, 0, 0, 0, _, _, ..])
            {
                frame.EtherType = BinaryPrimitives.ReadUInt16BigEndian(frame.Llc[6..]);
                rest = frame.Llc[SnapLength..];
            }
        }

        DecodeNetwork(rest, ref frame);
    }

    private static void DecodeCooked(ushort type, int headerLength, ref DecodedFrame frame)
    {
        int end = SkipTags(headerLength, ref type, ref frame);
        frame.EtherType = type;
        DecodeNetwork(frame.Bytes[end..], ref frame);
    }

    /// <summary>Notes the VLAN tags that follow a header.</summary>
    /// <param name="from">Where the header ends.</param>
    /// <param name="type">The EtherType in it; the one behind the tags when it returns.</param>
    /// <param name="frame">The frame.</param>
    /// <returns>Where the tags end.</returns>
    private static int SkipTags(int from, ref ushort type, ref DecodedFrame frame)
    {
        frame.FirstVlan = from;
        int end = from;
        while (EthernetHeader.IsVlanType(type) && frame.Bytes.Length - end >= VlanTag.Length)
        {
            frame.VlanCount++;
            type = BinaryPrimitives.ReadUInt16BigEndian(frame.Bytes[(end + 2)..]);
            end += VlanTag.Length;
        }

        return end;
    }

    private static void DecodeNetwork(ReadOnlySpan<byte> packet, ref DecodedFrame frame)
    {
        frame.Network = packet;
        switch (frame.EtherType)
        {
            case Linux.ETH_P_IP:
                DecodeIPv4(packet, ref frame);
                break;
            case Linux.ETH_P_IPV6:
                DecodeIPv6(packet, ref frame);
                break;
        }
    }

    private static void DecodeByVersion(ReadOnlySpan<byte> packet, ref DecodedFrame frame)
    {
        int version = packet.Length > 0 ? packet[0] >> 4 : 0;
        frame.EtherType = version switch { 4 => Linux.ETH_P_IP, 6 => Linux.ETH_P_IPV6, _ => 0 };
        DecodeNetwork(packet, ref frame);
    }

    private static void DecodeIPv4(ReadOnlySpan<byte> packet, ref DecodedFrame frame)
    {
        if (!IPv4Header.TryRead(packet, out IPv4Header ip))
        {
            return;
        }

        frame.IPv4 = ip;
        frame.Layers |= FrameLayers.IPv4;
        frame.Protocol = ip.Protocol;
        frame.FragmentOffset = ip.FragmentOffset;
        frame.MoreFragments = ip.MoreFragments;
        frame.Transport = ip.Payload;
        frame.TransportLength = ip.TotalLength == 0 ? ip.Payload.Length : Math.Max(0, ip.TotalLength - ip.HeaderLength);
        SkipAuthentication(ref frame);
        DecodeTransport(ref frame, LibC.IPPROTO_ICMP);
    }

    private static void DecodeIPv6(ReadOnlySpan<byte> packet, ref DecodedFrame frame)
    {
        if (!IPv6Header.TryRead(packet, out IPv6Header ip))
        {
            return;
        }

        frame.IPv6 = ip;
        frame.Layers |= FrameLayers.IPv6;
        frame.Protocol = ip.NextHeader;
        if (ip.TryReadUpperLayer(out IPv6UpperLayer upper))
        {
            frame.Protocol = upper.Protocol;
            frame.FragmentOffset = upper.FragmentOffset;
            frame.MoreFragments = upper.MoreFragments;
            frame.Transport = upper.Payload;
            int extensions = ip.Payload.Length - upper.Payload.Length;
            frame.Authentication = AuthenticationOf(ip);
            frame.TransportLength = ip.PayloadLength == 0 ? upper.Payload.Length : Math.Max(0, ip.PayloadLength - extensions);
            DecodeTransport(ref frame, LibC.IPPROTO_ICMPV6);
        }
    }

    private static ReadOnlySpan<byte> AuthenticationOf(IPv6Header ip)
    {
        IPv6ExtensionReader extensions = ip.Extensions;
        while (extensions.Next())
        {
            if (extensions.Protocol == IPv6ExtensionReader.Authentication)
            {
                return extensions.Bytes;
            }
        }

        return default;
    }

    /// <summary>Enters an authentication header, RFC 4302 2; over IPv6 it is an extension header.</summary>
    private static void SkipAuthentication(ref DecodedFrame frame)
    {
        if (frame.Protocol != IPv6ExtensionReader.Authentication || frame.FragmentOffset != 0
            || frame.Transport.Length < AuthenticationLength)
        {
            return;
        }

        int length = (frame.Transport[1] + 2) * 4;
        if (length >= AuthenticationLength && length <= frame.Transport.Length)
        {
            frame.Authentication = frame.Transport[..length];
            frame.Protocol = frame.Transport[0];
            frame.Transport = frame.Transport[length..];
            frame.TransportLength = Math.Max(0, frame.TransportLength - length);
        }
    }

    private static void DecodeTransport(ref DecodedFrame frame, int icmp)
    {
        if (frame.FragmentOffset != 0)
        {
            return;
        }

        if (frame.Protocol == LibC.IPPROTO_TCP)
        {
            AddPorts(ref frame);
            if (TcpHeader.TryRead(frame.Transport, out TcpHeader tcp))
            {
                frame.Tcp = tcp;
                frame.Layers |= FrameLayers.Tcp;
            }
        }
        else if (frame.Protocol == LibC.IPPROTO_UDP)
        {
            AddPorts(ref frame);
            if (UdpHeader.TryRead(frame.Transport, out UdpHeader udp))
            {
                frame.Udp = udp;
                frame.Layers |= FrameLayers.Udp;
            }
        }
        else if (frame.Protocol == UdpLiteHeader.Protocol)
        {
            if (UdpLiteHeader.TryRead(frame.Transport, out UdpLiteHeader lite))
            {
                frame.UdpLite = lite;
                frame.Layers |= FrameLayers.UdpLite;
            }
        }
        else if (frame.Protocol == icmp && frame.Transport.Length >= 2)
        {
            frame.HasIcmpHeader = IcmpHeader.TryRead(frame.Transport, out IcmpHeader header);
            frame.Icmp = header;
            frame.Layers |= FrameLayers.Icmp;
        }
    }

    private static void AddPorts(ref DecodedFrame frame)
    {
        if (frame.Transport.Length >= PortsLength)
        {
            frame.Layers |= FrameLayers.Ports;
        }
    }
}
