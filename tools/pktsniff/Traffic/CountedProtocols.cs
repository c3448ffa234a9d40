using System.Text;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Protocols;

namespace NetTools.PktSniff.Traffic;

/// <summary>The protocols that frames are counted by: the highest that is known of a frame. A number stands for each.</summary>
internal static class CountedProtocols
{
    /// <summary>Numbers below this are IP's own.</summary>
    private const int Own = 256;

    private const int Stp = Own;
    private const int Llc = Own + 1;
    private const int Other = Own + 2;
    private const int FirstEtherType = Own + 3;

    private static readonly ushort[] s_etherTypes =
    [
        Linux.ETH_P_ARP, Linux.ETH_P_RARP, Linux.ETH_P_LLDP, Linux.ETH_P_SLOW, Linux.ETH_P_MPLS_UC, Linux.ETH_P_PPP_DISC,
        Linux.ETH_P_PPP_SES,
        Linux.ETH_P_PAE,
    ];

    /// <summary>As many as there are.</summary>
    public static int Count => FirstApplication + ProtocolTable.Count;

    private static int FirstApplication => FirstEtherType + s_etherTypes.Length;

    /// <summary>The protocol of a frame.</summary>
    public static int Of(scoped in DecodedFrame frame)
    {
        if (frame.HasIP)
        {
            int application = ProtocolTable.FindApplication(frame);
            return application >= 0 ? FirstApplication + application : frame.Protocol;
        }

        if (frame.EtherType != 0)
        {
            int index = s_etherTypes.AsSpan().IndexOf(frame.EtherType);
            return index >= 0 ? FirstEtherType + index : Other;
        }

        return frame.Llc is [0x42, 0x42, ..] ? Stp : frame.Llc.IsEmpty ? Other : Llc;
    }

    /// <summary>Its name.</summary>
    public static string Name(int protocol) => protocol switch
    {
        Stp => "STP",
        Llc => "LLC",
        Other => "other",
        _ when protocol >= FirstApplication => ProtocolTable.Name(protocol - FirstApplication),
        >= FirstEtherType => Encoding.ASCII.GetString(Ethernet.TypeName(s_etherTypes[protocol - FirstEtherType])),
        _ => FrameText.Protocol((byte)protocol) is { IsEmpty: false } name ? Encoding.ASCII.GetString(name)
            : $"protocol {protocol}",
    };
}
