using NetTools.Libc;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing;

/// <summary>
/// The privileged sockets, opened before the command line is read so that privileges can be dropped before anything else
/// happens. Which of the two is needed shows later; a failure is kept until then.
/// </summary>
internal sealed class RawSockets : IDisposable
{
    private readonly Descriptor? _v4;
    private readonly Descriptor? _v6;
    private readonly int _errno4;
    private readonly int _errno6;

    private RawSockets()
    {
        _v4 = TryOpen(AF_INET, IPPROTO_ICMP, out _errno4);
        _v6 = TryOpen(AF_INET6, IPPROTO_ICMPV6, out _errno6);
    }

    /// <summary>Opens both sockets, then drops every privilege for good.</summary>
    public static RawSockets OpenAndDropPrivileges()
    {
        RawSockets sockets = new();
        Privileges.DropAll();
        return sockets;
    }

    /// <summary>A descriptor of one's own for the socket of a family.</summary>
    /// <exception cref="LibcException">The socket could not be opened: EPERM without CAP_NET_RAW.</exception>
    public Descriptor Take(bool v6)
    {
        Descriptor? socket = v6 ? _v6 : _v4;
        if (socket is null)
        {
            int errno = v6 ? _errno6 : _errno4;
            throw new LibcException(
                $"opening a raw {(v6 ? "ICMPv6" : "ICMP")} socket", errno, errno == EPERM ? Privileges.RawSocketHint : null);
        }

        return Descriptor.Open(fcntl(socket.Value, F_DUPFD_CLOEXEC, 0), "duplicating a socket");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _v4?.Dispose();
        _v6?.Dispose();
    }

    private static unsafe Descriptor? TryOpen(int family, int protocol, out int errno)
    {
        int fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        errno = fd < 0 ? Errno.Last : 0;
        if (fd < 0)
        {
            return null;
        }

        // The kernel begins to stamp arriving packets some time after the first socket asks for it: asking now has the first reply
        // stamped. If it refuses, the times come from user space alone.
        int flags = Linux.SOF_TIMESTAMPING_RX_SOFTWARE | Linux.SOF_TIMESTAMPING_SOFTWARE;
        _ = setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(int));
        return new Descriptor(fd);
    }
}
