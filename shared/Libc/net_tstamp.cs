namespace NetTools.Libc;

// linux/net_tstamp.h: SO_TIMESTAMPING, Documentation/networking/timestamping.rst

public struct hwtstamp_config
{
    public int flags;
    public int tx_type;
    public int rx_filter;
}

public static unsafe partial class Linux
{
    public const int SOF_TIMESTAMPING_TX_HARDWARE = 1 << 0;
    public const int SOF_TIMESTAMPING_TX_SOFTWARE = 1 << 1;
    public const int SOF_TIMESTAMPING_RX_HARDWARE = 1 << 2;
    public const int SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3;
    public const int SOF_TIMESTAMPING_SOFTWARE = 1 << 4;
    public const int SOF_TIMESTAMPING_RAW_HARDWARE = 1 << 6;
    public const int SOF_TIMESTAMPING_OPT_ID = 1 << 7;
    public const int SOF_TIMESTAMPING_TX_SCHED = 1 << 8;
    public const int SOF_TIMESTAMPING_OPT_CMSG = 1 << 10;
    public const int SOF_TIMESTAMPING_OPT_TSONLY = 1 << 11;
    public const int SOF_TIMESTAMPING_OPT_TX_SWHW = 1 << 14;
    public const int HWTSTAMP_TX_ON = 1;
    public const int HWTSTAMP_FILTER_ALL = 1;
}
