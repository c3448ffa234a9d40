using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>ICMP and ICMPv6 in words: RFC 792, RFC 1191, RFC 4443, RFC 4861, RFC 3810.</summary>
internal static class IcmpText
{
    private const int MostOptions = 32;

    /// <summary>Adds what the message says.</summary>
    public static void Write(LineBuffer line, scoped in DecodedFrame frame)
    {
        bool v4 = frame.Has(FrameLayers.IPv4);
        ReadOnlySpan<byte> name = v4 ? FrameText.IcmpType(frame.IcmpType) : FrameText.Icmpv6Type(frame.IcmpType);
        line.Name(v4 ? "ICMP"u8 : "ICMPv6"u8).Text(" "u8);
        if (!name.IsEmpty)
        {
            line.Text(name).Text(" "u8);
        }

        line.Text("(type "u8).Number(frame.IcmpType).Text(" code "u8).Number(frame.IcmpCode).Text(")"u8);
        if (frame.HasIcmpHeader)
        {
            if (FrameText.IsEcho(frame))
            {
                line.Text(", id "u8).Number(frame.Icmp.Identifier).Text(", seq "u8).Number(frame.Icmp.Sequence);
            }
            else if (v4)
            {
                WriteV4(line, frame);
            }
            else
            {
                WriteV6(line, frame);
            }
        }

        line.Text(", length "u8).Number(frame.TransportLength);
    }

    private static void WriteV4(LineBuffer line, scoped in DecodedFrame frame)
    {
        IcmpHeader icmp = frame.Icmp;
        if (!IcmpType.IsError(icmp.Type))
        {
            return;
        }

        ReadOnlySpan<byte> why = (icmp.Type, icmp.Code) switch
        {
            (IcmpType.DestinationUnreachable, 0) => "net unreachable"u8,
            (IcmpType.DestinationUnreachable, 1) => "host unreachable"u8,
            (IcmpType.DestinationUnreachable, 2) => "protocol unreachable"u8,
            (IcmpType.DestinationUnreachable, 3) => "port unreachable"u8,
            (IcmpType.DestinationUnreachable, 4) => "fragmentation needed"u8,
            (IcmpType.DestinationUnreachable, 5) => "source route failed"u8,
            (IcmpType.DestinationUnreachable, 9 or 10 or 13) => "administratively prohibited"u8,
            (IcmpType.TimeExceeded, 0) => "in transit"u8,
            (IcmpType.TimeExceeded, 1) => "in reassembly"u8,
            _ => default,
        };
        line.Text(why.IsEmpty ? default : ", "u8).Text(why);
        if (icmp.Type == IcmpType.DestinationUnreachable && icmp.Code == 4)
        {
            line.Text(", mtu "u8).Number(icmp.Rest & 0xffff);
        }
        else if (icmp.Type == IcmpType.Redirect)
        {
            line.Text(", use "u8).Address(frame.Transport.Slice(4, 4));
        }

        WriteQuote(line, icmp.Payload);
    }

    private static void WriteV6(LineBuffer line, scoped in DecodedFrame frame)
    {
        IcmpHeader icmp = frame.Icmp;
        ReadOnlySpan<byte> body = icmp.Payload;
        switch (icmp.Type)
        {
            case Icmpv6Type.PacketTooBig:
                line.Text(", mtu "u8).Number(icmp.Rest);
                WriteQuote(line, body);
                break;
            case Icmpv6Type.NeighborSolicitation when body.Length >= 16:
                line.Text(", who has "u8).Address(body[..16]);
                WriteNeighborOptions(line, body[16..]);
                break;
            case Icmpv6Type.NeighborAdvertisement when body.Length >= 16:
                line.Text(", is "u8).Address(body[..16]);
                line.Text((icmp.Rest & 0x8000_0000) != 0 ? ", router"u8 : default);
                line.Text((icmp.Rest & 0x4000_0000) != 0 ? ", solicited"u8 : default);
                line.Text((icmp.Rest & 0x2000_0000) != 0 ? ", override"u8 : default);
                WriteNeighborOptions(line, body[16..]);
                break;
            case Icmpv6Type.Redirect when body.Length >= 32:
                line.Text(", to "u8).Address(body.Slice(16, 16)).Text(" use "u8).Address(body[..16]);
                WriteNeighborOptions(line, body[32..]);
                break;
            case Icmpv6Type.RouterSolicitation:
                WriteNeighborOptions(line, body);
                break;
            case Icmpv6Type.RouterAdvertisement when body.Length >= 8:
                line.Text(", hop limit "u8).Number(icmp.Rest >> 24);
                line.Text((icmp.Rest & 0x80_0000) != 0 ? ", managed"u8 : default);
                line.Text((icmp.Rest & 0x40_0000) != 0 ? ", other"u8 : default);
                line.Text(", lifetime "u8).Number(icmp.Rest & 0xffff).Text("s"u8);
                WriteNeighborOptions(line, body[8..]);
                break;
            case 130 or 131 or 132 when body.Length >= 16:
                line.Text(", group "u8).Address(body[..16]);
                break;
            case 143:
                WriteGroups(line, body, (int)(icmp.Rest & 0xffff));
                break;
            default:
                if (Icmpv6Type.IsError(icmp.Type))
                {
                    ReadOnlySpan<byte> why = (icmp.Type, icmp.Code) switch
                    {
                        (Icmpv6Type.DestinationUnreachable, 0) => "no route"u8,
                        (Icmpv6Type.DestinationUnreachable, 1) => "administratively prohibited"u8,
                        (Icmpv6Type.DestinationUnreachable, 2) => "beyond scope"u8,
                        (Icmpv6Type.DestinationUnreachable, 3) => "address unreachable"u8,
                        (Icmpv6Type.DestinationUnreachable, 4) => "port unreachable"u8,
                        (Icmpv6Type.TimeExceeded, 0) => "in transit"u8,
                        (Icmpv6Type.TimeExceeded, 1) => "in reassembly"u8,
                        _ => default,
                    };
                    line.Text(why.IsEmpty ? default : ", "u8).Text(why);
                    WriteQuote(line, body);
                }

                break;
        }
    }

    /// <summary>The packet an error is about.</summary>
    private static void WriteQuote(LineBuffer line, ReadOnlySpan<byte> quoted)
    {
        if (!IcmpQuote.TryRead(quoted, out IcmpQuote quote))
        {
            return;
        }

        bool ports = quote.Protocol is 6 or 17 && quote.Payload.Length >= 4;
        line.Text(", for "u8).Address(quote.Source);
        if (ports)
        {
            line.Text("."u8).Number(BinaryPrimitives.ReadUInt16BigEndian(quote.Payload));
        }

        line.Text(" > "u8).Address(quote.Destination);
        if (ports)
        {
            line.Text("."u8).Number(BinaryPrimitives.ReadUInt16BigEndian(quote.Payload[2..]));
        }

        line.Text(" "u8).Protocol(quote.Protocol);
    }

    private static void WriteNeighborOptions(LineBuffer line, ReadOnlySpan<byte> bytes)
    {
        NeighborOptionReader options = new(bytes);
        for (int left = MostOptions; left > 0 && options.Next(); left--)
        {
            ReadOnlySpan<byte> option = options.Bytes;
            switch (options.Type)
            {
                case NeighborOptionReader.SourceAddress or NeighborOptionReader.TargetAddress when option.Length == 8:
                    line.Text(options.Type == NeighborOptionReader.SourceAddress ? ", source "u8 : ", target "u8).Mac(option.Slice(2, 6));
                    break;
                case NeighborOptionReader.Prefix when option.Length == 32:
                    line.Text(", prefix "u8).Address(option.Slice(16, 16)).Text("/"u8).Number(option[2]);
                    break;
                case NeighborOptionReader.Mtu when option.Length == 8:
                    line.Text(", mtu "u8).Number(BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
                    break;
                case NeighborOptionReader.DnsServers when option.Length >= 24:
                    line.Text(", DNS server "u8).Address(option.Slice(8, 16));
                    break;
            }
        }
    }

    private static void WriteGroups(LineBuffer line, ReadOnlySpan<byte> bytes, int count)
    {
        GroupRecords records = new(bytes, Math.Min(count, MostOptions), addressLength: 16);
        while (records.Next())
        {
            line.Text(", "u8).Text(records.Name).Text(" "u8).Address(records.Group);
        }
    }
}
