using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>ICMP: RFC 792, RFC 1191. ICMPv6 begins the same; what it holds is in <see cref="Icmpv6"/>.</summary>
internal static class Icmp
{
    /// <summary>Names of the fields of ICMP and ICMPv6.</summary>
    public static string[] FieldNames =>
    [
        "icmp.type", "icmp.code", "icmp.id", "icmp.seq", "icmp.mtu", "icmp.gateway", "icmp.pointer", "icmp.target",
        "icmp.router", "icmp.solicited", "icmp.override", "icmp.hop_limit", "icmp.managed", "icmp.other", "icmp.lifetime_s",
        "icmp.reachable_ms", "icmp.retransmit_ms", "icmp.max_response_ms", "icmp.group", "icmp.records.type",
        "icmp.records.group", "icmp.records.sources", "icmp.options.type", "icmp.options.mac", "icmp.options.prefix",
        "icmp.options.prefix_length", "icmp.options.on_link", "icmp.options.autonomous", "icmp.options.valid_s",
        "icmp.options.preferred_s", "icmp.options.mtu", "icmp.options.dns_servers", "icmp.quote.version", "icmp.quote.src",
        "icmp.quote.dst", "icmp.quote.protocol", "icmp.quote.src_port", "icmp.quote.dst_port", "icmp.checksum",
    ];

    /// <summary>Adds what the message says.</summary>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame)
    {
        bool v4 = frame.Has(FrameLayers.IPv4);
        ReadOnlySpan<byte> name = v4 ? TypeName(frame.IcmpType) : Icmpv6.TypeName(frame.IcmpType);
        line.Name(v4 ? "ICMP"u8 : "ICMPv6"u8).Text(" "u8);
        if (!name.IsEmpty)
        {
            line.Text(name).Text(" "u8);
        }

        line.Text("(type "u8).Number(frame.IcmpType).Text(" code "u8).Number(frame.IcmpCode).Text(")"u8);
        if (frame.HasIcmpHeader)
        {
            if (IsEcho(frame))
            {
                line.Text(", id "u8).Number(frame.Icmp.Identifier).Text(", seq "u8).Number(frame.Icmp.Sequence);
            }
            else if (IsError(frame))
            {
                WriteError(line, frame);
            }
            else if (!v4)
            {
                Icmpv6.WriteText(line, frame);
            }
        }

        line.Text(", length "u8).Number(frame.TransportLength);
    }

    /// <summary>Writes the fields, type and code first.</summary>
    public static void WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        fields.Number("type"u8, frame.IcmpType);
        fields.Number("code"u8, frame.IcmpCode);
        if (!frame.HasIcmpHeader)
        {
            return;
        }

        IcmpHeader icmp = frame.Icmp;
        if (IsEcho(frame))
        {
            fields.Number("id"u8, icmp.Identifier);
            fields.Number("seq"u8, icmp.Sequence);
        }
        else if (IsError(frame))
        {
            WriteError(fields, frame);
        }
        else if (!frame.Has(FrameLayers.IPv4))
        {
            Icmpv6.WriteFields(fields, icmp);
        }
        else if (icmp.Type is IcmpType.TimestampRequest or IcmpType.TimestampReply or IcmpType.MaskRequest or IcmpType.MaskReply)
        {
            fields.Number("id"u8, icmp.Identifier);
            fields.Number("seq"u8, icmp.Sequence);
        }
    }

    /// <summary>Adds the packet that an error quotes.</summary>
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

    /// <summary>Writes the fields of the packet that an error quotes.</summary>
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

    /// <summary>Adds what an error of either family says: why, what it is about, the packet it quotes.</summary>
    private static void WriteError(LineBuffer line, scoped in DecodedFrame frame)
    {
        bool v4 = frame.Has(FrameLayers.IPv4);
        IcmpHeader icmp = frame.Icmp;
        ReadOnlySpan<byte> why = v4 ? Reason(icmp.Type, icmp.Code) : Icmpv6.Reason(icmp.Type, icmp.Code);
        line.Text(why.IsEmpty ? default : ", "u8).Text(why);
        if (Mtu(icmp, v4) is long mtu and >= 0)
        {
            line.Text(", mtu "u8).Number(mtu);
        }
        else if (Pointer(icmp, v4) is long pointer and >= 0)
        {
            line.Text(", at byte "u8).Number(pointer);
        }
        else if (v4 && icmp.Type == IcmpType.Redirect)
        {
            line.Text(", use "u8).Address(frame.Transport.Slice(4, 4));
        }

        WriteQuote(line, icmp.Payload);
    }

    /// <summary>Writes the fields of an error of either family.</summary>
    private static void WriteError(FieldWriter fields, scoped in DecodedFrame frame)
    {
        bool v4 = frame.Has(FrameLayers.IPv4);
        IcmpHeader icmp = frame.Icmp;
        if (Mtu(icmp, v4) is long mtu and >= 0)
        {
            fields.Number("mtu"u8, mtu);
        }
        else if (Pointer(icmp, v4) is long pointer and >= 0)
        {
            fields.Number("pointer"u8, pointer);
        }
        else if (v4 && icmp.Type == IcmpType.Redirect)
        {
            fields.Address("gateway"u8, frame.Transport.Slice(4, 4));
        }

        WriteQuote(fields, icmp.Payload);
    }

    private static bool IsError(scoped in DecodedFrame frame) =>
        frame.Has(FrameLayers.IPv4) ? IcmpType.IsError(frame.IcmpType) : Icmpv6Type.IsError(frame.IcmpType);

    /// <summary>The MTU in a message that says a packet was too large, or -1.</summary>
    private static long Mtu(IcmpHeader icmp, bool v4) =>
        v4 ? icmp.Type == IcmpType.DestinationUnreachable && icmp.Code == 4 ? icmp.Rest & 0xffff : -1
        : icmp.Type == Icmpv6Type.PacketTooBig ? icmp.Rest : -1;

    /// <summary>The byte that a parameter problem is about, or -1.</summary>
    private static long Pointer(IcmpHeader icmp, bool v4) =>
        v4 ? icmp.Type == IcmpType.ParameterProblem ? icmp.Rest >> 24 : -1
        : icmp.Type == Icmpv6Type.ParameterProblem ? icmp.Rest : -1;

    /// <summary>Why an ICMP error was sent; empty when there are no words for it here.</summary>
    private static ReadOnlySpan<byte> Reason(byte type, byte code) => (type, code) switch
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

    /// <summary>True for echo requests and replies.</summary>
    private static bool IsEcho(scoped in DecodedFrame frame) => frame.Has(FrameLayers.IPv4)
        ? frame.IcmpType is IcmpType.EchoRequest or IcmpType.EchoReply
        : frame.IcmpType is Icmpv6Type.EchoRequest or Icmpv6Type.EchoReply;

    /// <summary>The name of an ICMP type; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        IcmpType.EchoReply => "echo reply"u8,
        IcmpType.DestinationUnreachable => "destination unreachable"u8,
        IcmpType.SourceQuench => "source quench"u8,
        IcmpType.Redirect => "redirect"u8,
        IcmpType.EchoRequest => "echo request"u8,
        9 => "router advertisement"u8,
        10 => "router solicitation"u8,
        IcmpType.TimeExceeded => "time exceeded"u8,
        IcmpType.ParameterProblem => "parameter problem"u8,
        IcmpType.TimestampRequest => "timestamp request"u8,
        IcmpType.TimestampReply => "timestamp reply"u8,
        IcmpType.MaskRequest => "address mask request"u8,
        IcmpType.MaskReply => "address mask reply"u8,
        _ => default,
    };
}
