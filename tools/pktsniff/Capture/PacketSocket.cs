using NetTools.Libc;
using NetTools.Packets;
using NetTools.Sockets;
using Tmds.Linux;
using static NetTools.Libc.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Capture;

/// <summary>An AF_PACKET socket on one interface: packet(7). It hears nothing until <see cref="Start"/>.</summary>
internal sealed unsafe class PacketSocket : IDisposable
{
    // Room before each frame in the ring, where the VLAN tag is put back.
    private const int Reserve = VlanTag.Length;

    private readonly Descriptor _socket;
    private readonly int _index;

    private PacketSocket(Descriptor socket, string name, int index, int linkType, bool isLoopback)
    {
        _socket = socket;
        Name = name;
        _index = index;
        LinkType = linkType;
        IsLoopback = isLoopback;
    }

    /// <summary>The interface.</summary>
    public string Name { get; }

    /// <summary>What its frames begin with.</summary>
    public int LinkType { get; }

    /// <summary>True for lo, which hands out each frame twice: outgoing, then incoming.</summary>
    public bool IsLoopback { get; }

    /// <summary>The socket.</summary>
    public int FileDescriptor => _socket.Value;

    /// <summary>Opens a socket with protocol 0, which receives nothing yet.</summary>
    /// <exception cref="OperationFailedException">No CAP_NET_RAW, no such interface, or a link type unknown here.</exception>
    public static PacketSocket Open(string name)
    {
        int index = InterfaceIndex(name);
        string hint = Privileges.RawSocketHint; // made first, for making it changes errno
        Descriptor socket = Descriptor.Open(
            LibC.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "opening a packet socket", hint);
        try
        {
            sockaddr_ll address = Address(index, protocol: 0);
            Errno.Check(bind(socket.Value, (sockaddr*)&address, sizeof(sockaddr_ll)), $"binding to interface {name}");
            socklen_t length = sizeof(sockaddr_ll);
            Errno.Check(getsockname(socket.Value, (sockaddr*)&address, &length), $"reading the type of interface {name}");
            return new PacketSocket(socket, name, index, LinkTypeOf(address.sll_hatype, name), address.sll_hatype == ARPHRD_LOOPBACK);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks the card for frames addressed to others, too; undone by the kernel when the socket closes.</summary>
    public void SetPromiscuous()
    {
        packet_mreq request = new() { mr_ifindex = _index, mr_type = (ushort)PACKET_MR_PROMISC };
        Errno.Check(
            setsockopt(_socket.Value, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(packet_mreq)),
            $"setting promiscuous mode on {Name}");
    }

    /// <summary>Hears only what comes in.</summary>
    public void IgnoreOutgoing() => SetOption(PACKET_IGNORE_OUTGOING, 1, "ignoring outgoing frames");

    /// <summary>Attaches a filter, or replaces the one attached.</summary>
    public void AttachFilter(ReadOnlySpan<sock_filter> program)
    {
        fixed (sock_filter* start = program)
        {
            sock_fprog attached = new() { len = (ushort)program.Length, filter = start };
            Errno.Check(
                setsockopt(_socket.Value, SOL_SOCKET, SO_ATTACH_FILTER, &attached, sizeof(sock_fprog)),
                "attaching the filter");
        }
    }

    /// <summary>Makes the ring and maps it.</summary>
    public PacketRing MapRing(RingSettings settings)
    {
        SetOption(PACKET_VERSION, TPACKET_V3, "asking for TPACKET_V3");
        SetOption(PACKET_RESERVE, Reserve, "reserving room for VLAN tags");
        tpacket_req3 request = settings.Request;
        Errno.Check(
            setsockopt(_socket.Value, SOL_PACKET, PACKET_RX_RING, &request, sizeof(tpacket_req3)),
            $"making a ring of {settings.Bytes / 1024} KiB", "a smaller -B needs less memory");
        return PacketRing.Map(_socket.Value, request);
    }

    /// <summary>Begins to receive.</summary>
    public void Start()
    {
        sockaddr_ll address = Address(_index, ETH_P_ALL);
        Errno.Check(bind(_socket.Value, (sockaddr*)&address, sizeof(sockaddr_ll)), $"binding to interface {Name}");
    }

    /// <summary>Frames the filter let through, those dropped included, and frames dropped, since the last call.</summary>
    public tpacket_stats_v3 ReadStatistics()
    {
        tpacket_stats_v3 statistics;
        socklen_t length = sizeof(tpacket_stats_v3);
        Errno.Check(
            getsockopt(_socket.Value, SOL_PACKET, PACKET_STATISTICS, &statistics, &length), "reading the drop counters");
        return statistics;
    }

    /// <summary>The error that made the socket readable, such as ENETDOWN; 0 for none.</summary>
    public int TakeError()
    {
        int error = 0;
        socklen_t length = sizeof(int);
        return getsockopt(_socket.Value, SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : Errno.Last;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void SetOption(int option, int value, string doing) =>
        Errno.Check(setsockopt(_socket.Value, SOL_PACKET, option, &value, sizeof(int)), $"{doing} on {Name}");

    private static sockaddr_ll Address(int index, int protocol)
    {
        sockaddr_ll address = default;
        address.sll_family = (ushort)AF_PACKET;
        address.sll_protocol = htons((ushort)protocol);
        address.sll_ifindex = index;
        return address;
    }

    private static int LinkTypeOf(int hardwareType, string name) => hardwareType switch
    {
        ARPHRD_ETHER or ARPHRD_LOOPBACK => Packets.LinkType.Ethernet,
        ARPHRD_NONE or ARPHRD_RAWIP or ARPHRD_SIT => Packets.LinkType.Raw,
        _ => throw new OperationFailedException($"interface {name} is of link type {hardwareType}, which is not supported"),
    };
}
