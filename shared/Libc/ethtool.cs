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

    /// <summary>The time stamps an interface can give: SIOCETHTOOL with ETHTOOL_GET_TS_INFO. Needs no privilege.</summary>
    /// <returns>False when the interface is gone, or its driver does not say.</returns>
    public static bool TryGetStampsOf(string name, out ethtool_ts_info info)
    {
        ethtool_ts_info answer = new() { cmd = ETHTOOL_GET_TS_INFO };
        ifreq request = new() { ifr_data = &answer };
        bool told = Ask(name, SIOCETHTOOL, &request);
        info = answer;
        return told;
    }

    /// <summary>What an interface has been told to stamp in hardware: SIOCGHWTSTAMP. Needs no privilege; telling it would.</summary>
    /// <returns>False when the interface is gone, or its driver does not say.</returns>
    public static bool TryGetHardwareStampsOf(string name, out hwtstamp_config config)
    {
        hwtstamp_config answer = default;
        ifreq request = new() { ifr_data = &answer };
        bool told = Ask(name, SIOCGHWTSTAMP, &request);
        config = answer;
        return told;
    }
}
