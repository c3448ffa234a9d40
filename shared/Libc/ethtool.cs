namespace NetTools.Libc;

// linux/ethtool.h and linux/sockios.h: what a network card's driver can stamp, and what it has been told to

public unsafe struct ethtool_ts_info
{
    public uint cmd;
    public uint so_timestamping;
    public int phc_index;
    public uint tx_types;
    public fixed uint tx_reserved[3];
    public uint rx_filters;
    public fixed uint rx_reserved[3];
}

public static unsafe partial class Linux
{
    public const uint ETHTOOL_GET_TS_INFO = 0x41;
    public const int SIOCETHTOOL = 0x8946;
    public const int SIOCGHWTSTAMP = 0x89b1;
}
