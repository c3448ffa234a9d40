using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>The fields of the link layer: Ethernet, VLAN tags, LLC and SNAP, spanning tree, LLDP.</summary>
internal static class LinkFields
{
    private const int LlcLength = 3;
    private const int SnapLength = 8;
    private const int MostElements = 64;
    private const double TicksPerSecond = 256;

    /// <summary>Writes the fields.</summary>
    public static void Write(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (frame.Has(FrameLayers.Ethernet))
        {
            EthernetHeader ethernet = frame.Ethernet;
            fields.Begin("eth"u8);
            fields.Mac("src"u8, ethernet.Source);
            fields.Mac("dst"u8, ethernet.Destination);
            fields.Number(ethernet.IsLength ? "length"u8 : "type"u8, ethernet.Type);
            fields.End();
        }

        if (frame.VlanCount > 0)
        {
            fields.BeginList("vlan"u8);
            for (int i = 0; i < frame.VlanCount; i++)
            {
                fields.Number(default, frame.Vlan(i).Id);
            }

            fields.EndList();
            fields.BeginList("vlan_priority"u8);
            for (int i = 0; i < frame.VlanCount; i++)
            {
                fields.Number(default, frame.Vlan(i).Priority);
            }

            fields.EndList();
            fields.Number("vlan_type"u8, frame.EtherType);
        }

        if (frame.Llc.Length >= LlcLength)
        {
            WriteLlc(fields, frame.Llc);
        }

        if (frame.EtherType == Linux.ETH_P_LLDP)
        {
            WriteLldp(fields, new LldpReader(frame.Network));
        }
    }

    private static void WriteLlc(FieldWriter fields, ReadOnlySpan<byte> llc)
    {
        fields.Begin("llc"u8);
        fields.Number("dsap"u8, llc[0]);
        fields.Number("ssap"u8, llc[1]);
        fields.Number("control"u8, llc[2]);
        if (llc is [0xaa, 0xaa, 3, ..] && llc.Length >= SnapLength)
        {
            fields.Number("organization"u8, llc[3] << 16 | llc[4] << 8 | llc[5]);
            fields.Number("type"u8, BinaryPrimitives.ReadUInt16BigEndian(llc[6..]));
        }

        fields.End();
        if (llc is [0x42, 0x42, 3, ..] && StpMessage.TryRead(llc[LlcLength..], out StpMessage stp))
        {
            WriteStp(fields, stp);
        }
    }

    private static void WriteStp(FieldWriter fields, StpMessage stp)
    {
        fields.Begin("stp"u8);
        fields.Number("version"u8, stp.Version);
        fields.Number("type"u8, stp.Type);
        if (stp.HasTree)
        {
            fields.Number("flags"u8, stp.Flags);
            fields.Number("root_priority"u8, BinaryPrimitives.ReadUInt16BigEndian(stp.Root));
            fields.Mac("root_mac"u8, stp.Root[2..]);
            fields.Number("path_cost"u8, stp.PathCost);
            fields.Number("bridge_priority"u8, BinaryPrimitives.ReadUInt16BigEndian(stp.Bridge));
            fields.Mac("bridge_mac"u8, stp.Bridge[2..]);
            fields.Number("port"u8, stp.Port);
            WriteTime(fields, "message_age_ms"u8, stp.MessageAge);
            WriteTime(fields, "max_age_ms"u8, stp.MaximumAge);
            WriteTime(fields, "hello_time_ms"u8, stp.HelloTime);
            WriteTime(fields, "forward_delay_ms"u8, stp.ForwardDelay);
        }

        fields.End();
    }

    private static void WriteTime(FieldWriter fields, ReadOnlySpan<byte> name, ushort ticks) =>
        fields.Number(name, (long)Math.Round(ticks * 1000 / TicksPerSecond));

    private static void WriteLldp(FieldWriter fields, LldpReader elements)
    {
        fields.Begin("lldp"u8);
        ulong seen = 0; // a member of an object must not come twice: the first counts
        for (int left = MostElements; left > 0 && elements.Next(); left--)
        {
            ReadOnlySpan<byte> value = elements.Value;
            ulong bit = 1UL << (elements.Type & 63);
            if ((seen & bit) != 0)
            {
                continue;
            }

            seen |= bit;
            switch (elements.Type)
            {
                case LldpReader.ChassisId when value.Length >= 2:
                    fields.Number("chassis_type"u8, value[0]);
                    fields.Text("chassis"u8, LinkText.WriteChassis(fields.Fresh(), value).Bytes);
                    break;
                case LldpReader.PortId when value.Length >= 2:
                    fields.Number("port_type"u8, value[0]);
                    fields.Text("port"u8, LinkText.WritePort(fields.Fresh(), value).Bytes);
                    break;
                case LldpReader.TimeToLive when value.Length >= 2:
                    fields.Number("ttl_s"u8, BinaryPrimitives.ReadUInt16BigEndian(value));
                    break;
                case LldpReader.PortDescription:
                    fields.Wire("port_description"u8, value);
                    break;
                case LldpReader.SystemName:
                    fields.Wire("system_name"u8, value);
                    break;
                case LldpReader.SystemDescription:
                    fields.Wire("system_description"u8, value);
                    break;
                case LldpReader.SystemCapabilities when value.Length >= 4:
                    fields.Number("capabilities"u8, BinaryPrimitives.ReadUInt16BigEndian(value));
                    fields.Number("enabled_capabilities"u8, BinaryPrimitives.ReadUInt16BigEndian(value[2..]));
                    break;
                case LldpReader.ManagementAddress when value is [5, 1, ..] && value.Length >= 6:
                    fields.Address("management_ip"u8, value.Slice(2, 4));
                    break;
                case LldpReader.ManagementAddress when value is [17, 2, ..] && value.Length >= 18:
                    fields.Address("management_ip"u8, value.Slice(2, 16));
                    break;
            }
        }

        fields.End();
    }
}
