using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>ICMPv6, neighbor discovery and multicast listeners: RFC 4443, RFC 4861, RFC 3810.</summary>
internal static class Icmpv6
{
    private const int MostOptions = 32;
    private const int AddressLength = 16;
    private const int LastQuery = 130;
    private const int LastDone = 132;
    private const int ListenerReport2 = 143;

    /// <summary>Adds what follows the type and code of what is not an error.</summary>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame)
    {
        IcmpHeader icmp = frame.Icmp;
        ReadOnlySpan<byte> body = icmp.Payload;
        switch (icmp.Type)
        {
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
        }
    }

    /// <summary>Writes the fields that follow the type and code of what is not an error.</summary>
    public static void WriteFields(FieldWriter fields, IcmpHeader icmp)
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
        }
    }

    /// <summary>The name of an ICMPv6 type; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        Icmpv6Type.DestinationUnreachable => "destination unreachable"u8,
        Icmpv6Type.PacketTooBig => "packet too big"u8,
        Icmpv6Type.TimeExceeded => "time exceeded"u8,
        Icmpv6Type.ParameterProblem => "parameter problem"u8,
        Icmpv6Type.EchoRequest => "echo request"u8,
        Icmpv6Type.EchoReply => "echo reply"u8,
        130 => "multicast listener query"u8,
        131 => "multicast listener report"u8,
        132 => "multicast listener done"u8,
        Icmpv6Type.RouterSolicitation => "router solicitation"u8,
        Icmpv6Type.RouterAdvertisement => "router advertisement"u8,
        Icmpv6Type.NeighborSolicitation => "neighbor solicitation"u8,
        Icmpv6Type.NeighborAdvertisement => "neighbor advertisement"u8,
        Icmpv6Type.Redirect => "redirect"u8,
        143 => "multicast listener report v2"u8,
        _ => default,
    };

    /// <summary>Why an error was sent (RFC 4443 3, RFC 7112 5); empty when there are no words for it here.</summary>
    public static ReadOnlySpan<byte> Reason(byte type, byte code) => (type, code) switch
    {
        (Icmpv6Type.DestinationUnreachable, 0) => "no route"u8,
        (Icmpv6Type.DestinationUnreachable, 1) => "administratively prohibited"u8,
        (Icmpv6Type.DestinationUnreachable, 2) => "beyond scope"u8,
        (Icmpv6Type.DestinationUnreachable, 3) => "address unreachable"u8,
        (Icmpv6Type.DestinationUnreachable, 4) => "port unreachable"u8,
        (Icmpv6Type.DestinationUnreachable, 5) => "source address failed policy"u8,
        (Icmpv6Type.DestinationUnreachable, 6) => "reject route"u8,
        (Icmpv6Type.TimeExceeded, 0) => "in transit"u8,
        (Icmpv6Type.TimeExceeded, 1) => "in reassembly"u8,
        (Icmpv6Type.ParameterProblem, 0) => "erroneous header field"u8,
        (Icmpv6Type.ParameterProblem, 1) => "unrecognized next header"u8,
        (Icmpv6Type.ParameterProblem, 2) => "unrecognized option"u8,
        (Icmpv6Type.ParameterProblem, 3) => "incomplete header chain"u8,
        _ => default,
    };

    private static void WriteNeighborOptions(LineBuffer line, ReadOnlySpan<byte> bytes)
    {
        NeighborOptionReader options = new(bytes);
        for (int left = MostOptions; left > 0 && options.Next(); left--)
        {
            ReadOnlySpan<byte> option = options.Bytes;
            switch (options.Type)
            {
                case NeighborOptionReader.SourceAddress or NeighborOptionReader.TargetAddress when option.Length == 8:
                    line.Text(options.Type == NeighborOptionReader.SourceAddress ? ", source "u8 : ", target "u8)
                        .Mac(option.Slice(2, 6));
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

    private static void WriteGroups(LineBuffer line, ReadOnlySpan<byte> bytes, int count)
    {
        GroupRecords records = new(bytes, Math.Min(count, MostOptions), addressLength: 16);
        while (records.Next())
        {
            line.Text(", "u8).Text(records.Name).Text(" "u8).Address(records.Group);
        }
    }
}

/// <summary>
/// The options of neighbor discovery messages one by one: RFC 4861 4.6. A last one that is cut off is left out.
/// </summary>
/// <param name="options">The bytes behind the message's fixed part.</param>
public ref struct NeighborOptionReader(ReadOnlySpan<byte> options)
{
    /// <summary>The sender's link-layer address.</summary>
    public const byte SourceAddress = 1;

    /// <summary>The target's link-layer address.</summary>
    public const byte TargetAddress = 2;

    /// <summary>A prefix of the link.</summary>
    public const byte Prefix = 3;

    /// <summary>The link's MTU.</summary>
    public const byte Mtu = 5;

    /// <summary>DNS servers: RFC 8106.</summary>
    public const byte DnsServers = 25;

    private const int Unit = 8;

    private ReadOnlySpan<byte> _rest = options;

    /// <summary>The option's type.</summary>
    public byte Type { get; private set; }

    /// <summary>The whole option, type and length included: a multiple of 8 bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next option.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        int length = _rest.Length >= Unit ? _rest[1] * Unit : 0;
        if (length == 0 || length > _rest.Length)
        {
            return false;
        }

        Type = _rest[0];
        Bytes = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
