using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Inject;

/// <summary>A packet socket that only sends: bound with protocol 0, it receives nothing.</summary>
internal sealed unsafe class InjectSocket : IDisposable
{
    // An interface without a carrier says the same as one whose queue is full; its queue never drains.
    private const int LongestFullMs = 1000;
    private const int ShortestPauseNs = 50_000;
    private const int LongestPauseNs = 5_000_000;

    private readonly Descriptor _socket;
    private readonly string _interface;
    private long _fullSince = -1;
    private int _pauseNs;

    private InjectSocket(Descriptor socket, string name, int index)
    {
        _socket = socket;
        _interface = name;
        Index = index;
    }

    /// <summary>The interface's number.</summary>
    public int Index { get; }

    /// <summary>Opens the socket on an interface.</summary>
    /// <exception cref="OperationFailedException">No CAP_NET_RAW, or no such interface.</exception>
    public static InjectSocket Open(string name)
    {
        int index = Interfaces.Index(name);
        string hint = Privileges.RawSocketHint; // made first, for making it changes errno
        Descriptor socket = Descriptor.Open(
            LibC.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), "opening a packet socket", hint);
        InjectSocket result = new(socket, name, index);
        try
        {
            sockaddr_ll address = new() { sll_family = (ushort)AF_PACKET, sll_ifindex = index };
            Errno.Check(bind(socket.Value, (sockaddr*)&address, sizeof(sockaddr_ll)), $"binding to interface {name}");
            // Straight to the driver: the queueing discipline would only cost time. Not every interface can do it.
            int on = 1;
            _ = setsockopt(socket.Value, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(int));
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Sends a frame; waits while the queue is full, though not for ever.</summary>
    /// <returns>0, or the errno for which this frame could not be sent: EMSGSIZE, ENETDOWN, ...</returns>
    public int Send(ReadOnlySpan<byte> frame)
    {
        fixed (byte* start = frame)
        {
            while (send(_socket.Value, start, frame.Length, 0) < 0)
            {
                if (!MayTryAgain(out int errno))
                {
                    return errno;
                }
            }
        }

        _fullSince = -1;
        return 0;
    }

    /// <summary>Sends several frames in one call, or as many as the queue takes; waits while it is full.</summary>
    /// <param name="messages">A frame each.</param>
    /// <param name="sent">Frames the kernel took: the first ones.</param>
    /// <returns>0, or the errno for which the frame after those could not be sent.</returns>
    public int SendBatch(ReadOnlySpan<mmsghdr> messages, out int sent)
    {
        fixed (mmsghdr* start = messages)
        {
            while ((sent = Linux.sendmmsg(_socket.Value, start, (uint)messages.Length, 0)) < 0)
            {
                if (!MayTryAgain(out int errno))
                {
                    sent = 0;
                    return errno;
                }
            }
        }

        _fullSince = -1;
        return 0;
    }

    /// <summary>Right after a call that failed: whether the same may succeed now.</summary>
    private bool MayTryAgain(out int errno)
    {
        errno = Errno.Last;
        return errno == EINTR || (errno == ENOBUFS && MayDrain());
    }

    /// <summary>The driver's queue is full: lets it drain a little.</summary>
    /// <returns>False when it has been full for so long that nothing drains it.</returns>
    private bool MayDrain()
    {
        if (_fullSince < 0)
        {
            _fullSince = Environment.TickCount64;
            _pauseNs = ShortestPauseNs;
        }

        timespec pause = new() { tv_nsec = _pauseNs };
        _ = Linux.clock_nanosleep(Linux.CLOCK_MONOTONIC, 0, &pause, null);
        _pauseNs = Math.Min(2 * _pauseNs, LongestPauseNs);
        return Environment.TickCount64 - _fullSince < LongestFullMs;
    }

    /// <summary>The interface.</summary>
    public override string ToString() => _interface;

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
