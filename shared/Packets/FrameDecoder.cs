using System.Buffers.Binary;
using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Packets;

/// <summary>Finds the headers of a frame. Every length the frame claims is checked against the bytes that are here.</summary>
public static class FrameDecoder
{
    private const int CookedLength = 16;
    private const int Cooked2Length = 20;
    private const int PortsLength = 4;
    private const int SnapLength = 8;
    private const int AuthenticationLength = 12;

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
