using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>
/// The sockets: raw ones where that is allowed, else ICMP datagram sockets where those are. Opened before the command line is
/// read, so that privileges can be dropped before anything else happens. Which family is needed shows later; a failure is kept
/// until then.
/// </summary>
internal sealed class RawSockets : IDisposable
{
    private readonly Family _v4 = new(v6: false);
    private readonly Family _v6 = new(v6: true);
    private readonly TransportSocket?[] _transport = new TransportSocket?[2];
    private readonly int _transportErrno;

    private RawSockets(int protocol)
    {
        if (protocol == 0)
        {
            return;
        }

        foreach (bool v6 in (bool[])[false, true])
        {
            _transport[v6 ? 1 : 0] = TransportSocket.TryOpen(v6, protocol, out int errno);
            _transportErrno = errno == 0 ? _transportErrno : errno;
        }
    }

    /// <summary>Opens the sockets of both families, then drops every privilege for good.</summary>
    /// <param name="protocol">IPPROTO_TCP or IPPROTO_UDP for raw sockets of that protocol as well; 0 for none.</param>
    public static RawSockets OpenAndDropPrivileges(int protocol = 0)
    {
        RawSockets sockets = new(protocol);
        Privileges.DropAll();
        return sockets;
    }

    /// <summary>The raw TCP or UDP socket of a family.</summary>
    /// <exception cref="LibcException">It could not be opened: EPERM without CAP_NET_RAW.</exception>
    public TransportSocket Transport(bool v6) => _transport[v6 ? 1 : 0]
        ?? throw new LibcException("opening a raw socket", _transportErrno, _transportErrno == EPERM ? Privileges.RawSocketHint
            : null);

    /// <summary>The sockets of a family are ICMP datagram sockets: icmp(7), net.ipv4.ping_group_range.</summary>
    public bool AreDatagram(bool v6) => (v6 ? _v6 : _v4).IsDatagram;

    /// <summary>
    /// Binds a socket that was taken to an interface. Descriptors of a raw socket share it: the first binds them all, and binding
    /// again would need CAP_NET_RAW, which is gone.
    /// </summary>
    public void BindToDevice(PingSocket socket, string device) => (socket.IsV6 ? _v6 : _v4).BindToDevice(socket, device);

    /// <summary>A descriptor of one's own for a socket of a family.</summary>
    /// <exception cref="LibcException">The socket could not be opened: EPERM without CAP_NET_RAW.</exception>
    public Descriptor Take(bool v6) => (v6 ? _v6 : _v4).Take();

    /// <inheritdoc/>
    public void Dispose()
    {
        _v4.Dispose();
        _v6.Dispose();
        Array.ForEach(_transport, socket => socket?.Dispose());
    }

    private static unsafe Descriptor? TryOpen(bool v6, int type, out int errno)
    {
        int fd = socket(v6 ? AF_INET6 : AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
        errno = fd < 0 ? Errno.Last : 0;
        if (fd < 0)
        {
            return null;
        }

        // The kernel begins to stamp arriving packets some time after the first socket asks for it: asking now has the first
        // reply stamped. If it refuses, the times come from user space alone.
        int flags = Linux.SOF_TIMESTAMPING_RX_SOFTWARE | Linux.SOF_TIMESTAMPING_SOFTWARE;
        _ = setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(int));
        return new Descriptor(fd);
    }

    private sealed class Family : IDisposable
    {
        private readonly bool _isV6;
        private readonly Descriptor? _socket;
        private readonly int _errno;
        private bool _isBound;

        public Family(bool v6)
        {
            _isV6 = v6;
            _socket = TryOpen(v6, SOCK_RAW, out _errno);
            if (_errno == EPERM || _errno == EACCES)
            {
                _socket = TryOpen(v6, SOCK_DGRAM, out _);
                IsDatagram = _socket is not null;
            }
        }

        public bool IsDatagram { get; }

        public Descriptor Take()
        {
            string doing = $"opening {(IsDatagram ? "an ICMP datagram" : _isV6 ? "a raw ICMPv6" : "a raw ICMP")} socket";
            if (_socket is null)
            {
                throw new LibcException(doing, _errno, _errno == EPERM ? Privileges.RawSocketHint : null);
            }

            // A datagram socket is bound to one identifier for good, so that each run wants a new one; it needs no privilege.
            return !IsDatagram ? Descriptor.Open(fcntl(_socket.Value, F_DUPFD_CLOEXEC, 0), "duplicating a socket")
                : TryOpen(_isV6, SOCK_DGRAM, out int errno) ?? throw new LibcException(doing, errno);
        }

        public void BindToDevice(PingSocket socket, string device)
        {
            if (IsDatagram || !_isBound)
            {
                socket.BindToDevice(device);
                _isBound = true;
            }
        }

        public void Dispose() => _socket?.Dispose();
    }
}
