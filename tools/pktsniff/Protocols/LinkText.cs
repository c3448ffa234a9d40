using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>What is no IP and no ARP, in words: spanning tree, LLDP, LLC, other EtherTypes.</summary>
internal static class LinkText
{
    private const int LlcLength = 3;
    private const int ChassisMac = 4;
    private const int ChassisNetwork = 5;
    private const int PortMac = 3;
    private const int PortNetwork = 4;
    private const int MostElements = 64;

    /// <summary>Adds what a frame with an EtherType or with LLC says.</summary>
    public static void Write(LineBuffer line, scoped in DecodedFrame frame, bool verbose)
    {
        if (frame.EtherType == Linux.ETH_P_LLDP)
        {
            WriteLldp(line, new LldpReader(frame.Network), verbose);
        }
        else if (frame.EtherType != 0)
        {
            WriteEtherType(line, frame.EtherType);
            line.Text(frame.EtherType is Linux.ETH_P_IP or Linux.ETH_P_IPV6 or Linux.ETH_P_ARP or Linux.ETH_P_RARP
                ? " cut short or malformed"u8 : default);
        }
        else if (frame.Llc is [0x42, 0x42, 3, ..] && StpMessage.TryRead(frame.Llc[LlcLength..], out StpMessage stp))
        {
            WriteStp(line, stp, verbose);
        }
        else
        {
            line.Text("802.3"u8);
            if (frame.Llc.Length >= LlcLength)
            {
                line.Text(" LLC dsap 0x"u8).Hex(frame.Llc[0], 2).Text(" ssap 0x"u8).Hex(frame.Llc[1], 2)
                    .Text(" control 0x"u8).Hex(frame.Llc[2], 2);
            }

            if (frame.Llc is [0xaa, 0xaa, 3, _, _, _, _, _, ..])
            {
                line.Text(", SNAP organization 0x"u8).HexBytes(frame.Llc.Slice(3, 3)).Text(" type 0x"u8).HexBytes(frame.Llc.Slice(6, 2));
            }
        }
    }

    /// <summary>Adds an EtherType by name, or by number where it has none here.</summary>
    public static void WriteEtherType(LineBuffer line, ushort type)
    {
        ReadOnlySpan<byte> name = FrameText.EtherType(type);
        if (name.IsEmpty)
        {
            line.Text("0x"u8).Hex(type, 4);
        }
        else
        {
            line.Text(name);
        }
    }

    /// <summary>Adds the chassis of an LLDP frame: its value's first byte tells what the rest is.</summary>
    public static LineBuffer WriteChassis(LineBuffer line, ReadOnlySpan<byte> value) => WriteId(line, value, ChassisMac, ChassisNetwork);

    /// <summary>Adds the port of an LLDP frame.</summary>
    public static LineBuffer WritePort(LineBuffer line, ReadOnlySpan<byte> value) => WriteId(line, value, PortMac, PortNetwork);

    private static LineBuffer WriteId(LineBuffer line, ReadOnlySpan<byte> value, int mac, int network)
    {
        if (value[0] == mac && value.Length == 7)
        {
            return line.Mac(value[1..]);
        }

        bool isAddress = (value.Length == 6 && value[1] == 1) || (value.Length == 18 && value[1] == 2);
        return value[0] == network && isAddress ? line.Address(value[2..]) : line.Printable(value[1..]);
    }

    private static void WriteLldp(LineBuffer line, LldpReader elements, bool verbose)
    {
        line.Name("LLDP"u8);
        for (int left = MostElements; left > 0 && elements.Next(); left--)
        {
            ReadOnlySpan<byte> value = elements.Value;
            switch (elements.Type)
            {
                case LldpReader.ChassisId when value.Length >= 2:
                    WriteChassis(line.Text(", chassis "u8), value);
                    break;
                case LldpReader.PortId when value.Length >= 2:
                    WritePort(line.Text(", port "u8), value);
                    break;
                case LldpReader.TimeToLive when value.Length >= 2:
                    line.Text(", ttl "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(value)).Text("s"u8);
                    break;
                case LldpReader.SystemName:
                    line.Text(", name "u8).Printable(value);
                    break;
                case LldpReader.PortDescription when verbose:
                    line.Text(", port description "u8).Printable(value);
                    break;
                case LldpReader.SystemDescription when verbose:
                    line.Text(", description "u8).Printable(value);
                    break;
            }
        }
    }

    private static void WriteStp(LineBuffer line, StpMessage stp, bool verbose)
    {
        line.Name("STP"u8).Text(" "u8).Text(stp.Version switch
        {
            0 => "802.1d"u8,
            2 => "802.1w"u8,
            3 => "802.1s"u8,
            _ => "unknown version"u8,
        });
        line.Text(stp.Type switch
        {
            StpMessage.Configuration => ", config"u8,
            StpMessage.Rapid => ", rapid"u8,
            StpMessage.TopologyChange => ", topology change"u8,
            _ => ", unknown type"u8,
        });
        if (!stp.HasTree)
        {
            return;
        }

        line.Text(", flags ["u8);
        WriteFlags(line, stp.Flags);
        WriteBridge(line.Text("], root "u8), stp.Root);
        line.Text(", cost "u8).Number(stp.PathCost);
        WriteBridge(line.Text(", bridge "u8), stp.Bridge);
        line.Text(", port 0x"u8).Hex(stp.Port, 4);
        if (verbose)
        {
            WriteTime(line.Text(", message age "u8), stp.MessageAge);
            WriteTime(line.Text(", max age "u8), stp.MaximumAge);
            WriteTime(line.Text(", hello "u8), stp.HelloTime);
            WriteTime(line.Text(", forward delay "u8), stp.ForwardDelay);
        }
    }

    private static void WriteFlags(LineBuffer line, byte flags)
    {
        bool first = true;
        Add("topology change"u8, 0x01);
        Add("proposal"u8, 0x02);
        Add("learn"u8, 0x10);
        Add("forward"u8, 0x20);
        Add("agreement"u8, 0x40);
        Add("topology change ack"u8, 0x80);
        line.Text(first ? "none"u8 : default);

        void Add(ReadOnlySpan<byte> name, int bit)
        {
            if ((flags & bit) != 0)
            {
                line.Text(first ? default : ", "u8).Text(name);
                first = false;
            }
        }
    }

    private static void WriteBridge(LineBuffer line, ReadOnlySpan<byte> id) => line.HexBytes(id[..2]).Text("."u8).Mac(id[2..]);

    /// <summary>1/256 s as seconds with two digits behind the point.</summary>
    private static void WriteTime(LineBuffer line, ushort ticks) =>
        line.Number(ticks / 256).Text("."u8).Padded((uint)(ticks % 256 * 100 / 256), 2).Text("s"u8);
}
