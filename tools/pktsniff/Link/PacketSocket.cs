using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using Tmds.Linux;
using static NetTools.Libc.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Link;

/// <summary>An AF_PACKET socket on one interface: packet(7). It hears nothing until <see cref="Start"/>.</summary>
internal sealed unsafe class PacketSocket : IDisposable
{
    /// <summary>What stands for all interfaces.</summary>
    public const string Any = "any";

    // Room before each frame in the ring, where the VLAN tag is put back, and the cooked header.
    private const int Reserve = CookedHeader.Length + VlanTag.Length;

    private const int BPF_MAXINSNS = 4096;

    private readonly Descriptor _socket;

    private PacketSocket(Descriptor socket, string name, int index, int linkType, bool isLoopback)
    {
        _socket = socket;
        Name = name;
        Index = index;
        LinkType = linkType;
        IsLoopback = isLoopback;
        LoopbackIndex = index == 0 ? FindLoopback() : isLoopback ? index : 0;
    }

    /// <summary>The interface.</summary>
    public string Name { get; }

    /// <summary>The interface's number; 0 for all of them.</summary>
    public int Index { get; }

    /// <summary>The number of the loopback, which hands out each frame twice, where it can come by this socket; else 0.</summary>
    public int LoopbackIndex { get; }

    /// <summary>
    /// The mask of its IPv4 net, for <c>ip broadcast</c>; 0 without an address, as tcpdump has it. In the machine's order: the
    /// compiler compares it with words it has loaded; pcap_lookupnet(3PCAP) returns network order.
    /// </summary>
    public uint Netmask => Index == 0 ? 0 : (uint)System.Net.IPAddress.NetworkToHostOrder((int)Interfaces.Netmask(Name));

    /// <summary>True when frames come without a header of their link.</summary>
    public bool IsCooked => LinkType == Packets.LinkType.LinuxCooked2;

    /// <summary>What its frames begin with.</summary>
    public int LinkType { get; }

    /// <summary>True for lo, which hands out each frame twice: outgoing, then incoming.</summary>
    public bool IsLoopback { get; }

    /// <summary>The socket.</summary>
    public int FileDescriptor => _socket.Value;

    /// <summary>Opens a socket with protocol 0, which receives nothing yet.</summary>
    /// <param name="name">An interface, or <see cref="Any"/>.</param>
    /// <exception cref="OperationFailedException">No CAP_NET_RAW, or no such interface.</exception>
    public static PacketSocket Open(string name)
    {
        int index = name == Any ? 0 : Interfaces.Index(name);
        Descriptor socket = Create(index == 0 ? SOCK_DGRAM : SOCK_RAW);
        try
        {
            if (index == 0)
            {
                return new PacketSocket(socket, name, index, Packets.LinkType.LinuxCooked2, isLoopback: false);
            }

            sockaddr_ll address = Bind(socket, index, name);
            int linkType = LinkTypeOf(address.sll_hatype);
            if (linkType == Packets.LinkType.LinuxCooked2)
            {
                socket.Dispose();
                socket = Create(SOCK_DGRAM);
                Bind(socket, index, name);
            }

            return new PacketSocket(socket, name, index, linkType, address.sll_hatype == ARPHRD_LOOPBACK);
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
        packet_mreq request = new() { mr_ifindex = Index, mr_type = (ushort)PACKET_MR_PROMISC };
        Errno.Check(
            setsockopt(_socket.Value, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof(packet_mreq)),
            $"setting promiscuous mode on {Name}");
    }

    /// <summary>
    /// Shares the interface's frames with the other sockets of a group: each frame comes to one of them. It must have been
    /// started.
    /// </summary>
    /// <param name="mode">PACKET_FANOUT_HASH, PACKET_FANOUT_LB, PACKET_FANOUT_CPU.</param>
    /// <param name="group">The group's number, or -1 to found one.</param>
    /// <returns>The group's number.</returns>
    public int JoinFanout(int mode, int group)
    {
        int flags = group < 0 ? PACKET_FANOUT_FLAG_UNIQUEID : 0;
        SetOption(PACKET_FANOUT, Math.Max(group, 0) | (mode | flags) << 16, "sharing frames among readers");
        int joined;
        socklen_t length = sizeof(int);
        Errno.Check(getsockopt(_socket.Value, SOL_PACKET, PACKET_FANOUT, &joined, &length), "reading the group of readers");
        return joined & 0xffff;
    }

    /// <summary>False once the interface is gone: the kernel then unbinds the socket for good.</summary>
    public bool IsBound
    {
        get
        {
            sockaddr_ll address;
            socklen_t length = sizeof(sockaddr_ll);
            return getsockname(_socket.Value, (sockaddr*)&address, &length) != 0 || address.sll_ifindex >= 0;
        }
    }

    /// <summary>True when the interface is up, also after it was renamed.</summary>
    public bool IsUp => Interfaces.Name(Index) is string name && (Interfaces.Flags(name) & IFF_UP) != 0;

    /// <summary>Attaches a filter unless the kernel refuses the program.</summary>
    /// <returns>False when it does: EINVAL, or too long.</returns>
    public bool TryAttachFilter(ReadOnlySpan<sock_filter> program)
    {
        if (program.Length > BPF_MAXINSNS)
        {
            return false;
        }

        try
        {
            AttachFilter(program);
            return true;
        }
        catch (LibcException e) when (e.Errno == EINVAL || e.Errno == ENOMEM)
        {
            return false;
        }
    }

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
        sockaddr_ll address = Address(Index, ETH_P_ALL);
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

    private static Descriptor Create(int type)
    {
        string hint = Privileges.RawSocketHint; // made first, for making it changes errno
        return Descriptor.Open(LibC.socket(AF_PACKET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "opening a packet socket", hint);
    }

    /// <summary>Binds to an interface and asks of what kind it is.</summary>
    private static sockaddr_ll Bind(Descriptor socket, int index, string name)
    {
        sockaddr_ll address = Address(index, protocol: 0);
        Errno.Check(bind(socket.Value, (sockaddr*)&address, sizeof(sockaddr_ll)), $"binding to interface {name}");
        socklen_t length = sizeof(sockaddr_ll);
        Errno.Check(getsockname(socket.Value, (sockaddr*)&address, &length), $"reading the type of interface {name}");
        return address;
    }

    private static int FindLoopback() =>
        Interfaces.Names().FirstOrDefault(name => (Interfaces.Flags(name) & IFF_LOOPBACK) != 0) is string name
            ? Interfaces.Index(name) : 0;

    /// <summary>Headers of links that are not known here are left to the kernel.</summary>
    private static int LinkTypeOf(int hardwareType) => hardwareType switch
    {
        ARPHRD_ETHER or ARPHRD_LOOPBACK => Packets.LinkType.Ethernet,
        ARPHRD_NONE or ARPHRD_RAWIP or ARPHRD_SIT => Packets.LinkType.Raw,
        _ => Packets.LinkType.LinuxCooked2,
    };
}
