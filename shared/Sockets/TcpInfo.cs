using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>What the kernel says of one TCP connection at one moment: TCP_INFO, tcp(7).</summary>
/// <param name="RttUs">Smoothed round-trip time, microseconds.</param>
/// <param name="MinRttUs">Smallest round-trip time seen, microseconds; 0 before the first.</param>
/// <param name="Cwnd">Congestion window, segments.</param>
/// <param name="SendMss">Bytes of payload in a full segment sent.</param>
/// <param name="Retransmits">Segments sent again since the connection began.</param>
/// <param name="DeliveryRate">The latest delivery rate the sender saw, bytes per second.</param>
/// <param name="SendWindowScale">Bits by which the peer's window is shifted: fixed by the peer's SYN.</param>
/// <param name="ReceiveWindowScale">Bits by which our own window is shifted: fixed by our SYN.</param>
/// <param name="SendWindow">The window the peer offers, bytes; 0 where the kernel is older than 6.2.</param>
/// <param name="ReceiveWindow">The window we are ready to offer, bytes: rcv_ssthresh.</param>
/// <param name="SegmentsOut">Segments sent, ACKs among them.</param>
/// <param name="SegmentsIn">Segments received.</param>
/// <param name="DataSegmentsOut">Segments sent that carried data.</param>
/// <param name="DataSegmentsIn">Segments received that carried data.</param>
/// <param name="BytesAcked">Bytes sent and acknowledged.</param>
/// <param name="BytesReceived">Bytes received.</param>
/// <param name="BusyUs">Microseconds with data to send.</param>
/// <param name="ReceiveWindowLimitedUs">Of these, microseconds held up by the peer's window.</param>
/// <param name="SendBufferLimitedUs">Of these, microseconds held up by our own send buffer.</param>
public readonly record struct TcpInfo(
    uint RttUs, uint MinRttUs, uint Cwnd, uint SendMss, uint Retransmits, ulong DeliveryRate, int SendWindowScale,
    int ReceiveWindowScale, uint SendWindow, uint ReceiveWindow, uint SegmentsOut, uint SegmentsIn, uint DataSegmentsOut,
    uint DataSegmentsIn,
    ulong BytesAcked, ulong BytesReceived, ulong BusyUs, ulong ReceiveWindowLimitedUs, ulong SendBufferLimitedUs)
{
    private const int TCPI_OPT_SYN_DATA = 32;

    /// <summary>Asks the kernel about a connection. A kernel that knows fewer fields leaves the rest 0.</summary>
    /// <param name="socket">A TCP socket.</param>
    /// <exception cref="LibcException">Not a TCP socket.</exception>
    public static TcpInfo Read(int socket) => From(Ask(socket));

    /// <summary>How long a connection has received no data, milliseconds.</summary>
    /// <inheritdoc cref="Read(int)"/>
    public static uint ReadSilence(int socket) => Ask(socket).tcpi_last_data_recv;

    /// <summary>Bytes written to a connection that were never sent.</summary>
    /// <inheritdoc cref="Read(int)"/>
    public static uint ReadNotSent(int socket) => Ask(socket).tcpi_notsent_bytes;

    /// <summary>True when data travelled in the SYN of a connection and the far end took it: TCP Fast Open.</summary>
    /// <inheritdoc cref="Read(int)"/>
    public static bool SentDataInSyn(int socket) => (Ask(socket).tcpi_options & TCPI_OPT_SYN_DATA) != 0;

    /// <summary>Bytes sent that the peer has acknowledged.</summary>
    /// <inheritdoc cref="Read(int)"/>
    public static ulong ReadBytesAcked(int socket) => Ask(socket).tcpi_bytes_acked;

    /// <summary>Picks the fields out of the kernel's struct.</summary>
    public static TcpInfo From(in tcp_info info) => new(
        info.tcpi_rtt,
        info.tcpi_min_rtt == uint.MaxValue ? 0 : info.tcpi_min_rtt, // the kernel's word for "none yet"
        info.tcpi_snd_cwnd, info.tcpi_snd_mss, info.tcpi_total_retrans, info.tcpi_delivery_rate,
        info.WindowScales & 0xf, info.WindowScales >> 4, info.tcpi_snd_wnd, info.tcpi_rcv_ssthresh, info.tcpi_segs_out,
        info.tcpi_segs_in,
        info.tcpi_data_segs_out, info.tcpi_data_segs_in, info.tcpi_bytes_acked, info.tcpi_bytes_received, info.tcpi_busy_time,
        info.tcpi_rwnd_limited, info.tcpi_sndbuf_limited);

    private static unsafe tcp_info Ask(int socket)
    {
        tcp_info info = default;
        Tmds.Linux.socklen_t length = sizeof(tcp_info);
        Errno.Check(getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length), "reading TCP_INFO");
        return info;
    }
}
