using System.Runtime.InteropServices;

namespace NetTools.Libc;

// linux/tcp.h: the state of a TCP connection, TCP_INFO, and the options younger than the bindings

/// <summary>TCP_INFO: tcp(7). The two bit fields after <c>tcpi_options</c> are read by <c>Sockets.TcpInfo</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct tcp_info
{
    public byte tcpi_state;
    public byte tcpi_ca_state;
    public byte tcpi_retransmits;
    public byte tcpi_probes;
    public byte tcpi_backoff;
    public byte tcpi_options;
    private readonly byte _wscale; // tcpi_snd_wscale in the low four bits, tcpi_rcv_wscale above them
    private readonly byte _flags;
    public uint tcpi_rto;
    public uint tcpi_ato;
    public uint tcpi_snd_mss;
    public uint tcpi_rcv_mss;
    public uint tcpi_unacked;
    public uint tcpi_sacked;
    public uint tcpi_lost;
    public uint tcpi_retrans;
    public uint tcpi_fackets;
    public uint tcpi_last_data_sent;
    public uint tcpi_last_ack_sent;
    public uint tcpi_last_data_recv;
    public uint tcpi_last_ack_recv;
    public uint tcpi_pmtu;
    public uint tcpi_rcv_ssthresh;
    public uint tcpi_rtt;
    public uint tcpi_rttvar;
    public uint tcpi_snd_ssthresh;
    public uint tcpi_snd_cwnd;
    public uint tcpi_advmss;
    public uint tcpi_reordering;
    public uint tcpi_rcv_rtt;
    public uint tcpi_rcv_space;
    public uint tcpi_total_retrans;
    public ulong tcpi_pacing_rate;
    public ulong tcpi_max_pacing_rate;
    public ulong tcpi_bytes_acked;
    public ulong tcpi_bytes_received;
    public uint tcpi_segs_out;
    public uint tcpi_segs_in;
    public uint tcpi_notsent_bytes;
    public uint tcpi_min_rtt;
    public uint tcpi_data_segs_in;
    public uint tcpi_data_segs_out;
    public ulong tcpi_delivery_rate;
    public ulong tcpi_busy_time;
    public ulong tcpi_rwnd_limited;
    public ulong tcpi_sndbuf_limited;
    public uint tcpi_delivered;
    public uint tcpi_delivered_ce;
    public ulong tcpi_bytes_sent;
    public ulong tcpi_bytes_retrans;
    public uint tcpi_dsack_dups;
    public uint tcpi_reord_seen;
    public uint tcpi_rcv_ooopack;
    public uint tcpi_snd_wnd;

    /// <summary>Both window scales as they stand in the byte after <c>tcpi_options</c>.</summary>
    internal readonly byte WindowScales => _wscale;

    /// <summary>The byte of flags after the window scales.</summary>
    internal readonly byte Flags => _flags;
}

public static unsafe partial class Linux
{
    public const int TCP_KEEPIDLE = 4;
    public const int TCP_DEFER_ACCEPT = 9;
    public const int TCP_FASTOPEN = 23;
    public const int TCP_NOTSENT_LOWAT = 25;
    public const int TCP_INQ = 36;
    public const int TCP_TX_DELAY = 37;

    /// <summary>Linux 6.16: the longest a delayed ACK may wait, in microseconds.</summary>
    public const int TCP_DELACK_MAX_US = 46;
}
