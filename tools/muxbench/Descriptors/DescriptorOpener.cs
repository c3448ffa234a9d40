using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;

namespace NetTools.MuxBench.Descriptors;

/// <summary>Opens what is watched and what is written to, both non-blocking.</summary>
internal sealed unsafe class DescriptorOpener : IDisposable
{
    private readonly DescriptorKind _kind;
    private readonly Descriptor? _listener;
    private sockaddr_in _address;

    /// <summary>Prepares to open descriptors of a kind; TCP needs a listener.</summary>
    public DescriptorOpener(DescriptorKind kind)
    {
        _kind = kind;
        if (kind != DescriptorKind.Tcp)
        {
            return;
        }

        const string Doing = "listening on 127.0.0.1";
        _listener = Descriptor.Open(LibC.socket(LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0), Doing);
        sockaddr_in address = new() { sin_family = LibC.AF_INET };
        ((byte*)&address.sin_addr)[0] = 127; // .0.0.1, in network order
        ((byte*)&address.sin_addr)[3] = 1;
        socklen_t length = sizeof(sockaddr_in);
        Errno.Check(LibC.bind(_listener.Value, (sockaddr*)&address, length), Doing);
        Errno.Check(LibC.listen(_listener.Value, 16), Doing);
        Errno.Check(LibC.getsockname(_listener.Value, (sockaddr*)&address, &length), Doing);
        _address = address;
    }

    /// <summary>Descriptors that each watched one costs.</summary>
    public static int Each(DescriptorKind kind) => kind == DescriptorKind.EventFd ? 1 : 2;

    /// <summary>Opens one to watch and one to write to; for an eventfd they are the same.</summary>
    /// <exception cref="LibcException">The kernel refuses: EMFILE, ENFILE, ENOBUFS, ...</exception>
    public (int Watched, int Peer) Open()
    {
        int* pair = stackalloc int[2];
        switch (_kind)
        {
            case DescriptorKind.SocketPair:
                Errno.Check(LibC.socketpair(LibC.AF_UNIX, LibC.SOCK_STREAM | LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC, 0, pair),
                    "opening a socket pair");
                return (pair[0], pair[1]);
            case DescriptorKind.Pipe:
                Errno.Check(LibC.pipe2(pair, LibC.O_NONBLOCK | LibC.O_CLOEXEC), "opening a pipe");
                return (pair[0], pair[1]);
            case DescriptorKind.EventFd:
                // A semaphore: a read takes one of several arrivals, as a byte read from a socket does.
                int one = Errno.Check(LibC.eventfd(0, LibC.EFD_NONBLOCK | LibC.EFD_CLOEXEC | LibC.EFD_SEMAPHORE),
                    "opening an eventfd");
                return (one, one);
            default:
                return Connect();
        }
    }

    public void Dispose() => _listener?.Dispose();

    private (int Watched, int Peer) Connect()
    {
        const string Doing = "connecting over 127.0.0.1";
        int peer = Errno.Check(LibC.socket(LibC.AF_INET, LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC, 0), Doing);
        try
        {
            fixed (sockaddr_in* address = &_address)
            {
                Errno.Check(LibC.connect(peer, (sockaddr*)address, sizeof(sockaddr_in)), Doing);
            }

            int on = 1; // a byte must not wait for the acknowledgement of the one before
            Errno.Check(LibC.setsockopt(peer, LibC.IPPROTO_TCP, LibC.TCP_NODELAY, &on, sizeof(int)), Doing);
            SocketOptions.ResetOnClose(peer); // or thousands of connections would stay in TIME_WAIT
            Errno.Check(LibC.fcntl(peer, LibC.F_SETFL, LibC.O_NONBLOCK), Doing);
            return (Errno.Check(LibC.accept4(_listener!.Value, null, null, LibC.SOCK_NONBLOCK | LibC.SOCK_CLOEXEC), Doing), peer);
        }
        catch (LibcException)
        {
            LibC.close(peer);
            throw;
        }
    }
}
