using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>A socket option whose value is an int: its name, its level and number, how it is set and read back.</summary>
/// <param name="Name">The kernel's name: <c>TCP_NODELAY</c>.</param>
/// <param name="Level">SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP or IPPROTO_IPV6.</param>
/// <param name="Number">The option's number at that level.</param>
/// <param name="Kind">What its value is.</param>
/// <remarks>See socket(7), tcp(7), ip(7) and ipv6(7).</remarks>
public sealed record SocketOption(string Name, int Level, int Number, SocketOptionKind Kind)
{
    /// <summary>Bind although connections of an earlier listener are in TIME_WAIT.</summary>
    public static readonly SocketOption ReuseAddress = Socket("SO_REUSEADDR", SO_REUSEADDR, SocketOptionKind.Flag);

    /// <summary>Several sockets on one address and port; the kernel spreads connections over them.</summary>
    public static readonly SocketOption ReusePort = Socket("SO_REUSEPORT", SO_REUSEPORT, SocketOptionKind.Flag);

    /// <summary>Probe an idle connection and notice a vanished peer.</summary>
    public static readonly SocketOption KeepAlive = Socket("SO_KEEPALIVE", SO_KEEPALIVE, SocketOptionKind.Flag);

    /// <summary>
    /// Receive buffer, bytes: doubled, clamped by net.core.rmem_max, ends autotuning; counts before listen or connect.
    /// </summary>
    public static readonly SocketOption ReceiveBuffer = Socket("SO_RCVBUF", SO_RCVBUF, SocketOptionKind.Bytes);

    /// <summary>Send buffer, bytes: doubled, clamped by net.core.wmem_max, ends autotuning.</summary>
    public static readonly SocketOption SendBuffer = Socket("SO_SNDBUF", SO_SNDBUF, SocketOptionKind.Bytes);

    /// <summary>Receive time of each datagram as a timeval.</summary>
    public static readonly SocketOption Timestamp = Socket("SO_TIMESTAMP", SO_TIMESTAMP, SocketOptionKind.Flag);

    /// <summary>Receive time of each datagram as a timespec.</summary>
    public static readonly SocketOption TimestampNs = Socket("SO_TIMESTAMPNS", SO_TIMESTAMPNS, SocketOptionKind.Flag);

    /// <summary>Receive and transmit times, software and hardware: SOF_TIMESTAMPING bits.</summary>
    public static readonly SocketOption Timestamping = Socket("SO_TIMESTAMPING", SO_TIMESTAMPING, SocketOptionKind.Number);

    /// <summary>Microseconds to poll the device queue before sleeping in a read.</summary>
    public static readonly SocketOption BusyPoll = Socket("SO_BUSY_POLL", SO_BUSY_POLL, SocketOptionKind.Microseconds);

    /// <summary>Allow MSG_ZEROCOPY.</summary>
    public static readonly SocketOption ZeroCopy = Socket("SO_ZEROCOPY", SO_ZEROCOPY, SocketOptionKind.Flag);

    /// <summary>Send small segments at once, without waiting for the ACK of earlier ones (no Nagle algorithm).</summary>
    public static readonly SocketOption NoDelay = Tcp("TCP_NODELAY", TCP_NODELAY, SocketOptionKind.Flag);

    /// <summary>Hold back partial segments, at most 200 ms.</summary>
    public static readonly SocketOption Cork = Tcp("TCP_CORK", TCP_CORK, SocketOptionKind.Flag);

    /// <summary>Acknowledge at once. The kernel clears it: set it again after each read, tcp(7).</summary>
    public static readonly SocketOption QuickAck = Tcp("TCP_QUICKACK", TCP_QUICKACK, SocketOptionKind.Flag);

    /// <summary>Seconds of silence before the first keepalive probe.</summary>
    public static readonly SocketOption KeepIdle = Tcp("TCP_KEEPIDLE", Linux.TCP_KEEPIDLE, SocketOptionKind.Seconds);

    /// <summary>Seconds between keepalive probes.</summary>
    public static readonly SocketOption KeepInterval = Tcp("TCP_KEEPINTVL", TCP_KEEPINTVL, SocketOptionKind.Seconds);

    /// <summary>Keepalive probes without an answer before the connection is given up.</summary>
    public static readonly SocketOption KeepCount = Tcp("TCP_KEEPCNT", TCP_KEEPCNT, SocketOptionKind.Number);

    /// <summary>Milliseconds that sent data may stay unacknowledged.</summary>
    public static readonly SocketOption UserTimeout = Tcp("TCP_USER_TIMEOUT", TCP_USER_TIMEOUT, SocketOptionKind.Milliseconds);

    /// <summary>The longest a delayed ACK may wait, microseconds (Linux 6.16).</summary>
    public static readonly SocketOption DelayedAckMax =
        Tcp("TCP_DELACK_MAX_US", Linux.TCP_DELACK_MAX_US, SocketOptionKind.Microseconds);

    /// <summary>Of a listener: SYNs that carry data and may be waiting, RFC 7413; 0 ends Fast Open.</summary>
    public static readonly SocketOption FastOpen = Tcp("TCP_FASTOPEN", Linux.TCP_FASTOPEN, SocketOptionKind.Number);

    /// <summary>Of a listener: accept a connection when data has come on it, or after this many seconds (rounded up).</summary>
    public static readonly SocketOption DeferAccept = Tcp("TCP_DEFER_ACCEPT", Linux.TCP_DEFER_ACCEPT, SocketOptionKind.Seconds);

    /// <summary>Not writable while more bytes than this wait that were never sent.</summary>
    public static readonly SocketOption NotSentLowWater =
        Tcp("TCP_NOTSENT_LOWAT", Linux.TCP_NOTSENT_LOWAT, SocketOptionKind.Bytes);

    /// <summary>The IPv4 TOS byte: DSCP above two ECN bits.</summary>
    public static readonly SocketOption TypeOfService = new("IP_TOS", IPPROTO_IP, IP_TOS, SocketOptionKind.Number);

    /// <summary>The IPv6 traffic class: DSCP above two ECN bits.</summary>
    public static readonly SocketOption TrafficClass = new("IPV6_TCLASS", IPPROTO_IPV6, IPV6_TCLASS, SocketOptionKind.Number);

    /// <summary>An IPv6 listener that takes no IPv4.</summary>
    public static readonly SocketOption V6Only = new("IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, SocketOptionKind.Flag);

    /// <summary>Choose the source port at connect, so that one port can serve many destinations.</summary>
    public static readonly SocketOption BindAddressNoPort =
        new("IP_BIND_ADDRESS_NO_PORT", IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, SocketOptionKind.Flag);

    /// <summary>Which address and interface each IPv4 datagram came to, as a control message that can also be sent.</summary>
    public static readonly SocketOption ReceivePacketInfo = new("IP_PKTINFO", IPPROTO_IP, IP_PKTINFO, SocketOptionKind.Flag);

    /// <summary>The same for IPv6.</summary>
    public static readonly SocketOption ReceivePacketInfo6 =
        new("IPV6_RECVPKTINFO", IPPROTO_IPV6, IPV6_RECVPKTINFO, SocketOptionKind.Flag);

    /// <summary>Receive datagrams that came together from one peer as one payload, udp(7); Linux 5.0.</summary>
    public static readonly SocketOption UdpJoinedReceive = new("UDP_GRO", IPPROTO_UDP, Linux.UDP_GRO, SocketOptionKind.Flag);

    /// <summary>Size of the datagrams that each payload is cut into, bytes, udp(7); Linux 4.18.</summary>
    public static readonly SocketOption UdpSegment = new("UDP_SEGMENT", IPPROTO_UDP, Linux.UDP_SEGMENT, SocketOptionKind.Number);

    /// <summary>Every option above.</summary>
    public static IReadOnlyList<SocketOption> All { get; } =
    [
        ReuseAddress, ReusePort, KeepAlive, ReceiveBuffer, SendBuffer, Timestamp, TimestampNs, Timestamping, BusyPoll, ZeroCopy,
        NoDelay, Cork, QuickAck, KeepIdle, KeepInterval, KeepCount, UserTimeout, DelayedAckMax, FastOpen, DeferAccept,
        NotSentLowWater, TypeOfService, TrafficClass,
        V6Only, BindAddressNoPort, ReceivePacketInfo, ReceivePacketInfo6, UdpJoinedReceive,
        UdpSegment,
    ];

    private static SocketOption Socket(string name, int number, SocketOptionKind kind) => new(name, SOL_SOCKET, number, kind);

    private static SocketOption Tcp(string name, int number, SocketOptionKind kind) => new(name, IPPROTO_TCP, number, kind);

    /// <summary>Sets the option.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">0 or 1 for a flag, else the number in the option's unit.</param>
    /// <exception cref="LibcException">The kernel refused: ENOPROTOOPT where it has no such option, EPERM, EINVAL.</exception>
    public void Set(int socket, int value)
    {
        if (!TrySet(socket, value))
        {
            throw new LibcException($"setting {Name} to {value}", Errno.Last);
        }
    }

    /// <inheritdoc cref="Set(int, int)"/>
    public void Set(int socket, bool value) => Set(socket, value ? 1 : 0);

    /// <summary>Sets the option and says whether it worked; the reason is <see cref="Errno.Last"/>. Does not allocate.</summary>
    public unsafe bool TrySet(int socket, int value) =>
        setsockopt(socket, Level, Number, &value, sizeof(int)) == 0;

    /// <summary>The value in effect, as getsockopt(2) gives it: a buffer's is twice what was granted.</summary>
    /// <exception cref="LibcException">The kernel has no such option for this socket.</exception>
    public int Get(int socket) => TryGet(socket, out int value) ? value : throw new LibcException($"reading {Name}", Errno.Last);

    /// <summary>The value in effect, or false and <see cref="Errno.Last"/>.</summary>
    public unsafe bool TryGet(int socket, out int value)
    {
        int read = 0;
        Tmds.Linux.socklen_t length = sizeof(int);
        bool ok = getsockopt(socket, Level, Number, &read, &length) == 0;
        value = read;
        return ok;
    }

    /// <summary>The option of that name, in any case, or null: <c>TCP_NODELAY</c>, <c>so_rcvbuf</c>.</summary>
    public static SocketOption? Find(string name) =>
        All.FirstOrDefault(option => option.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What an option's value is.</summary>
public enum SocketOptionKind
{
    /// <summary>0 or 1.</summary>
    Flag,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>Milliseconds.</summary>
    Milliseconds,

    /// <summary>Microseconds.</summary>
    Microseconds,

    /// <summary>A number or a set of bits.</summary>
    Number,
}
