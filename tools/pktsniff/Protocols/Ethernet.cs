using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Ethernet and its VLAN tags: IEEE 802.3, 802.1Q.</summary>
internal static class Ethernet
{
    /// <summary>Names of the fields.</summary>
    public static string[] FieldNames => ["eth.src", "eth.dst", "eth.type", "eth.length", "vlan", "vlan_priority", "vlan_type"];

    /// <summary>Writes the header's fields and the tags, where there are any.</summary>
    public static void WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
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
    }

    /// <summary>The name of an EtherType; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> TypeName(ushort type) => type switch
    {
        Linux.ETH_P_IP => "IPv4"u8,
        Linux.ETH_P_IPV6 => "IPv6"u8,
        Linux.ETH_P_ARP => "ARP"u8,
        Linux.ETH_P_RARP => "RARP"u8,
        Linux.ETH_P_8021Q => "802.1Q"u8,
        Linux.ETH_P_8021AD => "802.1ad"u8,
        Linux.ETH_P_QINQ1 => "QinQ"u8,
        Linux.ETH_P_LLDP => "LLDP"u8,
        Linux.ETH_P_SLOW => "LACP"u8,
        Linux.ETH_P_MPLS_UC => "MPLS"u8,
        Linux.ETH_P_PPP_DISC => "PPPoE discovery"u8,
        Linux.ETH_P_PPP_SES => "PPPoE session"u8,
        Linux.ETH_P_PAE => "EAPOL"u8,
        Linux.ETH_P_MPLS_MC => "MPLS multicast"u8,
        Linux.ETH_P_TEB => "Ethernet"u8,
        FrameDecoder.PppType => "PPP"u8,
        0x0842 => "Wake-on-LAN"u8,
        0x22f0 => "AVTP"u8,
        0x8137 => "IPX"u8,
        0x8808 => "flow control"u8,
        0x886d => "Intel ANS"u8,
        0x8892 => "PROFINET"u8,
        0x88a2 => "ATA over Ethernet"u8,
        0x88a4 => "EtherCAT"u8,
        0x88b8 => "GOOSE"u8,
        0x88be => "ERSPAN"u8,
        0x88e1 => "HomePlug AV"u8,
        0x88e5 => "MACsec"u8,
        0x88e7 => "PBB"u8,
        0x88f7 => "PTP"u8,
        0x8902 => "CFM"u8,
        0x8906 => "FCoE"u8,
        0x8915 => "RoCE"u8,
        0x894f => "NSH"u8,
        0x9000 => "loopback"u8,
        _ => default,
    };
}
