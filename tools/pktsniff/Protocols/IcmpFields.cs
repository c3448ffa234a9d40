using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The fields of ICMP and ICMPv6: errors with what they quote, neighbor discovery, multicast listeners.</summary>
internal static class IcmpFields
{
    private const int MostOptions = 32;
    private const int AddressLength = 16;
    private const int LastQuery = 130;
    private const int LastDone = 132;
    private const int ListenerReport2 = 143;

    /// <summary>Writes the fields, type and code first.</summary>
    public static void Write(FieldWriter fields, scoped in DecodedFrame frame)
    {
        fields.Number("type"u8, frame.IcmpType);
        fields.Number("code"u8, frame.IcmpCode);
        if (!frame.HasIcmpHeader)
        {
            return;
        }

        IcmpHeader icmp = frame.Icmp;
        if (FrameText.IsEcho(frame))
        {
            fields.Number("id"u8, icmp.Identifier);
            fields.Number("seq"u8, icmp.Sequence);
        }
        else if (frame.Has(FrameLayers.IPv4))
        {
            WriteV4(fields, icmp, frame.Transport);
        }
        else
        {
            WriteV6(fields, icmp);
        }
    }

    private static void WriteV4(FieldWriter fields, IcmpHeader icmp, ReadOnlySpan<byte> message)
    {
        switch (icmp.Type)
        {
            case IcmpType.DestinationUnreachable when icmp.Code == 4:
                fields.Number("mtu"u8, icmp.Rest & 0xffff);
                break;
            case IcmpType.Redirect:
                fields.Address("gateway"u8, message.Slice(4, 4));
                break;
            case IcmpType.ParameterProblem:
                fields.Number("pointer"u8, icmp.Rest >> 24);
                break;
            case IcmpType.TimestampRequest or IcmpType.TimestampReply or IcmpType.MaskRequest or IcmpType.MaskReply:
                fields.Number("id"u8, icmp.Identifier);
                fields.Number("seq"u8, icmp.Sequence);
                break;
        }

        if (IcmpType.IsError(icmp.Type))
        {
            WriteQuote(fields, icmp.Payload);
        }
    }

    private static void WriteV6(FieldWriter fields, IcmpHeader icmp)
    {
        ReadOnlySpan<byte> body = icmp.Payload;
        switch (icmp.Type)
        {
            case Icmpv6Type.NeighborSolicitation when body.Length >= AddressLength:
                fields.Address("target"u8, body[..AddressLength]);
                WriteOptions(fields, body[AddressLength..]);
                break;
            case Icmpv6Type.NeighborAdvertisement when body.Length >= AddressLength:
                fields.Address("target"u8, body[..AddressLength]);
                fields.Flag("router"u8, (icmp.Rest & 0x8000_0000) != 0);
                fields.Flag("solicited"u8, (icmp.Rest & 0x4000_0000) != 0);
                fields.Flag("override"u8, (icmp.Rest & 0x2000_0000) != 0);
                WriteOptions(fields, body[AddressLength..]);
                break;
            case Icmpv6Type.Redirect when body.Length >= 2 * AddressLength:
                fields.Address("gateway"u8, body[..AddressLength]);
                fields.Address("target"u8, body.Slice(AddressLength, AddressLength));
                WriteOptions(fields, body[(2 * AddressLength)..]);
                break;
            case Icmpv6Type.RouterSolicitation:
                WriteOptions(fields, body);
                break;
            case Icmpv6Type.RouterAdvertisement when body.Length >= 8:
                fields.Number("hop_limit"u8, icmp.Rest >> 24);
                fields.Flag("managed"u8, (icmp.Rest & 0x80_0000) != 0);
                fields.Flag("other"u8, (icmp.Rest & 0x40_0000) != 0);
                fields.Number("lifetime_s"u8, icmp.Rest & 0xffff);
                fields.Number("reachable_ms"u8, BinaryPrimitives.ReadUInt32BigEndian(body));
                fields.Number("retransmit_ms"u8, BinaryPrimitives.ReadUInt32BigEndian(body[4..]));
                WriteOptions(fields, body[8..]);
                break;
            case >= LastQuery and <= LastDone when body.Length >= AddressLength:
                fields.Number("max_response_ms"u8, icmp.Rest >> 16);
                fields.Address("group"u8, body[..AddressLength]);
                break;
            case ListenerReport2:
                new GroupRecords(body, Math.Min(MostOptions, (int)(icmp.Rest & 0xffff)), AddressLength).Write(fields);
                break;
            default:
                WriteError(fields, icmp);
                break;
        }
    }

    private static void WriteError(FieldWriter fields, IcmpHeader icmp)
    {
        if (!Icmpv6Type.IsError(icmp.Type))
        {
            return;
        }

        if (icmp.Type == Icmpv6Type.PacketTooBig)
        {
            fields.Number("mtu"u8, icmp.Rest);
        }
        else if (icmp.Type == Icmpv6Type.ParameterProblem)
        {
            fields.Number("pointer"u8, icmp.Rest);
        }

        WriteQuote(fields, icmp.Payload);
    }

    private static void WriteQuote(FieldWriter fields, ReadOnlySpan<byte> quoted)
    {
        if (!IcmpQuote.TryRead(quoted, out IcmpQuote quote))
        {
            return;
        }

        fields.Begin("quote"u8);
        fields.Number("version"u8, quote.Version);
        fields.Address("src"u8, quote.Source);
        fields.Address("dst"u8, quote.Destination);
        fields.Number("protocol"u8, quote.Protocol);
        if (quote.Protocol is 6 or 17 && quote.Payload.Length >= 4)
        {
            fields.Number("src_port"u8, BinaryPrimitives.ReadUInt16BigEndian(quote.Payload));
            fields.Number("dst_port"u8, BinaryPrimitives.ReadUInt16BigEndian(quote.Payload[2..]));
        }

        fields.End();
    }

    private static void WriteOptions(FieldWriter fields, ReadOnlySpan<byte> bytes)
    {
        NeighborOptionReader options = new(bytes);
        if (!options.Next())
        {
            return;
        }

        int left = MostOptions;
        fields.BeginList("options"u8);
        do
        {
            fields.Begin(default);
            fields.Number("type"u8, options.Type);
            WriteOption(fields, options.Type, options.Bytes);
            fields.End();
        }
        while (--left > 0 && options.Next());

        fields.EndList();
    }

    private static void WriteOption(FieldWriter fields, byte type, ReadOnlySpan<byte> option)
    {
        switch (type)
        {
            case NeighborOptionReader.SourceAddress or NeighborOptionReader.TargetAddress when option.Length == 8:
                fields.Mac("mac"u8, option.Slice(2, 6));
                break;
            case NeighborOptionReader.Prefix when option.Length == 32:
                fields.Address("prefix"u8, option.Slice(16, AddressLength));
                fields.Number("prefix_length"u8, option[2]);
                fields.Flag("on_link"u8, (option[3] & 0x80) != 0);
                fields.Flag("autonomous"u8, (option[3] & 0x40) != 0);
                fields.Number("valid_s"u8, BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
                fields.Number("preferred_s"u8, BinaryPrimitives.ReadUInt32BigEndian(option[8..]));
                break;
            case NeighborOptionReader.Mtu when option.Length == 8:
                fields.Number("mtu"u8, BinaryPrimitives.ReadUInt32BigEndian(option[4..]));
                break;
            case NeighborOptionReader.DnsServers when option.Length >= 8 + AddressLength:
                fields.BeginList("dns_servers"u8);
                for (option = option[8..]; option.Length >= AddressLength; option = option[AddressLength..])
                {
                    fields.Address(default, option[..AddressLength]);
                }

                fields.EndList();
                break;
        }
    }
}
