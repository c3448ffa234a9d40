using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>ARP and RARP in words.</summary>
internal static class ArpText
{
    /// <summary>Adds what the packet says.</summary>
    public static void Write(LineBuffer line, scoped in DecodedFrame frame, ArpPacket arp)
    {
        line.Name(frame.EtherType == Linux.ETH_P_RARP ? "RARP"u8 : "ARP"u8).Text(" "u8);
        switch (arp.Operation)
        {
            case Linux.ARPOP_REQUEST when arp.IsIPv4OverEthernet:
                line.Text("who-has "u8).Address(arp.TargetProtocol);
                if (arp.TargetHardware.IndexOfAnyExcept((byte)0) >= 0)
                {
                    line.Text(" ("u8).Mac(arp.TargetHardware).Text(")"u8);
                }

                line.Text(" tell "u8).Address(arp.SenderProtocol);
                break;
            case Linux.ARPOP_REPLY when arp.IsIPv4OverEthernet:
                line.Address(arp.SenderProtocol).Text(" is-at "u8).Mac(arp.SenderHardware);
                break;
            case Linux.ARPOP_RREQUEST when arp.IsIPv4OverEthernet:
                line.Text("who-is "u8).Mac(arp.TargetHardware).Text(" tell "u8).Mac(arp.SenderHardware);
                break;
            case Linux.ARPOP_RREPLY when arp.IsIPv4OverEthernet:
                line.Mac(arp.TargetHardware).Text(" at "u8).Address(arp.TargetProtocol);
                break;
            default:
                line.Text("operation "u8).Number(arp.Operation).Text(", hardware type "u8).Number(arp.HardwareType)
                    .Text(", protocol type 0x"u8).Hex(arp.ProtocolType, 4);
                break;
        }

        line.Text(", length "u8).Number(frame.Network.Length);
    }
}
