using NetTools.Libc;
using NetTools.Os;
using static NetTools.Libc.Linux;

namespace NetTools.RawPing.Kernel;

/// <summary>Whether an interface stamps packets by a clock of its own.</summary>
internal enum HardwareClock
{
    /// <summary>It has none, or one for PTP packets alone.</summary>
    None,

    /// <summary>
    /// It has one that is turned off. Turning it on changes it for everybody, and is left to the administrator.
    /// </summary>
    Off,

    /// <summary>It has one, and is not known to be turned off.</summary>
    On,
}

/// <summary>Which hardware stamps can be had: timestamping.rst, ETHTOOL_GET_TS_INFO and SIOCGHWTSTAMP.</summary>
/// <param name="AreOn">Some interface gives them: asking for them is worth while.</param>
/// <param name="Off">An interface that could give them and is turned off, or null.</param>
internal sealed record HardwareStamps(bool AreOn, string? Off)
{
    private const uint Both = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;

    /// <summary>None at all.</summary>
    public static readonly HardwareStamps None = new(AreOn: false, Off: null);

    /// <summary>
    /// Asks the interface that was chosen; without one, all: asking a packet for stamps its interface does not give is harmless.
    /// </summary>
    public static HardwareStamps Find(string? device)
    {
        try
        {
            return Find(device is null ? Interfaces.Names() : [device]);
        }
        catch (LibcException)
        {
            return None; // where nobody may ask, in some containers, there is nothing to be had either
        }
    }

    private static HardwareStamps Find(IReadOnlyList<string> names)
    {
        HardwareStamps found = None;
        foreach (string name in names)
        {
            if (!Interfaces.TryGetStamps(name, out ethtool_ts_info can))
            {
                continue;
            }

            HardwareClock clock = ClockOf(can, Interfaces.TryGetHardwareStamps(name, out hwtstamp_config told) ? told : null);
            found = clock switch
            {
                HardwareClock.On => found with { AreOn = true },
                HardwareClock.Off => found with { Off = found.Off ?? name },
                _ => found,
            };
        }

        return found;
    }

    /// <summary>What an interface's answers mean.</summary>
    /// <param name="can">What it can do.</param>
    /// <param name="told">
    /// What it has been told to do; null when its driver does not say, and then only the packets will show.
    /// </param>
    internal static HardwareClock ClockOf(in ethtool_ts_info can, in hwtstamp_config? told)
    {
        bool any = (can.so_timestamping & Both) == Both
            && (can.tx_types & 1u << HWTSTAMP_TX_ON) != 0 && (can.rx_filters & 1u << HWTSTAMP_FILTER_ALL) != 0;
        return !any ? HardwareClock.None
            : told is null or { tx_type: HWTSTAMP_TX_ON, rx_filter: HWTSTAMP_FILTER_ALL } ? HardwareClock.On : HardwareClock.Off;
    }
}
