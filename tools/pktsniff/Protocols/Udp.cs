using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>UDP: RFC 768.</summary>
internal static class Udp
{
    /// <summary>Names of the fields.</summary>
    public static string[] FieldNames =>
    [
        "udp.src_port", "udp.dst_port", "udp.length", "udp.checksum",
    ];

    /// <summary>Adds what the datagram says.</summary>
    public static void WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Name("UDP"u8);
        if (!style.Quick)
        {
            ProtocolTable.WriteApplicationText(line, frame, style);
        }

        line.Text(", length "u8).Number(Math.Max(0, frame.TransportLength - UdpHeader.HeaderLength));
    }

    /// <summary>Writes the header's fields.</summary>
    public static void WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        UdpHeader udp = frame.Udp;
        fields.Number("src_port"u8, udp.SourcePort);
        fields.Number("dst_port"u8, udp.DestinationPort);
        fields.Number("length"u8, udp.Length);
    }
}
