namespace NetTools.Libc;

// linux/if_ether.h: Ethernet sizes and the EtherTypes of what is decoded here

public static unsafe partial class Linux
{
    public const int ETH_ALEN = 6;
    public const int ETH_HLEN = 14;
    public const int ETH_FRAME_LEN = 1514;
    public const int ETH_P_ALL = 0x0003;
    public const int ETH_P_802_3_MIN = 0x0600;
    public const int ETH_P_IP = 0x0800;
    public const int ETH_P_TEB = 0x6558;
    public const int ETH_P_ARP = 0x0806;
    public const int ETH_P_RARP = 0x8035;
    public const int ETH_P_8021Q = 0x8100;
    public const int ETH_P_IPV6 = 0x86DD;
    public const int ETH_P_SLOW = 0x8809;
    public const int ETH_P_MPLS_UC = 0x8847;
    public const int ETH_P_MPLS_MC = 0x8848;
    public const int ETH_P_PPP_DISC = 0x8863;
    public const int ETH_P_PPP_SES = 0x8864;
    public const int ETH_P_PAE = 0x888E;
    public const int ETH_P_8021AD = 0x88A8;
    public const int ETH_P_LLDP = 0x88CC;
    public const int ETH_P_QINQ1 = 0x9100;
}
