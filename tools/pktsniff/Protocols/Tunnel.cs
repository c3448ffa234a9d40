using NetTools.Libc;
using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// A packet or frame within another: IPIP and 6in4 (RFC 2003, RFC 4213), GRE (RFC 2784, RFC 2890), VXLAN (RFC 7348), Geneve
/// (RFC 8926), MPLS (RFC 3032), PPPoE (RFC 2516).
/// </summary>
internal ref struct Tunnel
{
    /// <summary>How many tunnels within each other are entered.</summary>
    public const int Deepest = 4;

    private const int Udp = 17;

    /// <summary>What kind of tunnel.</summary>
    public ReadOnlySpan<byte> Name;

    /// <summary>What <see cref="Inner"/> is, for <see cref="FrameDecoder.DecodePacket"/>; 0 when it is not decoded.</summary>
    public ushort EtherType;

    /// <summary>The carried bytes that are here.</summary>
    public ReadOnlySpan<byte> Inner;

    /// <summary>The EtherType in the header of GRE or Geneve, or -1.</summary>
    public int Type;

    /// <summary>GRE's key or the network identifier of VXLAN or Geneve, or -1.</summary>
    public long Key;

    /// <summary>Looks one level into a frame.</summary>
    /// <returns>False when it is not a tunnel.</returns>
    public static bool TryRead(scoped in DecodedFrame frame, out Tunnel tunnel)
    {
        tunnel = new Tunnel { Type = -1, Key = -1 };
        if (!frame.HasIP)
        {
            return TryReadOnLink(frame, ref tunnel);
        }

        ReadOnlySpan<byte> transport = frame.Transport;
        if (transport.IsEmpty || frame.FragmentOffset != 0 || frame.MoreFragments)
        {
            return false;
        }

        switch (frame.Protocol)
        {
            case 4:
                tunnel.Name = "ipip"u8;
                tunnel.Inner = transport;
                tunnel.EtherType = Linux.ETH_P_IP;
                return true;
            case 41:
                tunnel.Name = "ip6"u8;
                tunnel.Inner = transport;
                tunnel.EtherType = Linux.ETH_P_IPV6;
                return true;
            case 47:
                return Gre.TryEnter(transport, ref tunnel);
            case Udp when frame.Has(FrameLayers.Udp):
                return frame.DestinationPort switch
                {
                    Vxlan.Port or Vxlan.LinuxPort => Vxlan.TryEnter(frame.Udp.Payload, ref tunnel),
                    Geneve.Port => Geneve.TryEnter(frame.Udp.Payload, ref tunnel),
                    _ => false,
                };
            case 137:
                return Mpls.TryEnter(transport, ref tunnel);
            default:
                return false;
        }
    }

    private static bool TryReadOnLink(scoped in DecodedFrame frame, ref Tunnel tunnel) => frame.EtherType switch
    {
        Linux.ETH_P_MPLS_UC or Linux.ETH_P_MPLS_MC => Mpls.TryEnter(frame.Network, ref tunnel),
        Linux.ETH_P_PPP_SES => Pppoe.TryEnter(frame.Network, ref tunnel),
        _ => false,
    };
}
