using NetTools.OptBench.Client;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Writes with MSG_ZEROCOPY (the kernel's msg_zerocopy.rst): the kernel sends from our pages and tells us by the socket's error
/// queue when it is done with them, and whether it has copied them after all. A program may not touch a buffer before that; so
/// waiting for the notes is part of the price and is paid here.
/// </summary>
internal sealed unsafe class ZerocopyArm(Peer peer, string name, int writeBytes)
    : UploadArm(peer, name, new OptionSetting(SocketOption.ZeroCopy, 1), writeBytes)
{
    private const int ControlBytes = 128;

    private long _open;

    /// <summary>Writes the kernel has told us it is done with.</summary>
    public long Completed { get; private set; }

    /// <summary>Those of them that it had copied.</summary>
    public long Copied { get; private set; }

    /// <inheritdoc/>
    protected override nint WriteOnce(int socket, byte* buffer, int count)
    {
        while (true)
        {
            nint sent = (nint)send(socket, buffer, count, MSG_NOSIGNAL | MSG_ZEROCOPY);
            if (sent >= 0)
            {
                _open++;
                Reap(socket);
                return sent;
            }

            if (Errno.Last != ENOBUFS)
            {
                return sent;
            }

            // Too many notes unread, net.core.optmem_max, or too much memory pinned, RLIMIT_MEMLOCK: some must come back first.
            if (!AwaitNote(socket))
            {
                return 0; // the link is slow, and the time of the visit may be over
            }
        }
    }

    /// <inheritdoc/>
    protected override void Begin(int socket)
    {
        base.Begin(socket);
        _open = 0;
    }

    /// <inheritdoc/>
    protected override void Settle(int socket)
    {
        while (_open > 0 && Clock.Nanoseconds < Deadline && AwaitNote(socket))
        {
        }
    }

    /// <summary>Waits for a note; false when none came in time.</summary>
    private bool AwaitNote(int socket)
    {
        pollfd wait = new() { fd = socket, events = 0 }; // POLLERR is reported always
        int ready = poll(&wait, 1, LongestCallMs);
        if (Reap(socket) > 0)
        {
            return true;
        }

        if (ready > 0)
        {
            throw (wait.revents & POLLHUP) != 0 ? Lost()
                : new OperationFailedException("sending with MSG_ZEROCOPY: no room for one message",
                    "raise net.core.optmem_max or the limit of locked memory (ulimit -l)");
        }

        return false;
    }

    /// <summary>
    /// Reads the notes that are there; one note may stand for several writes. The number of writes they stood for.
    /// </summary>
    private long Reap(int socket)
    {
        byte* control = stackalloc byte[ControlBytes];
        long reaped = 0;
        while (true)
        {
            msghdr message = new() { msg_control = control, msg_controllen = ControlBytes };
            if ((nint)recvmsg(socket, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            {
                return reaped;
            }

            for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != null; header = CMSG_NXTHDR(&message, header))
            {
                bool isError = (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_RECVERR)
                    || (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_RECVERR);
                sock_extended_err* error = (sock_extended_err*)CMSG_DATA(header);
                if (isError && error->ee_origin == SO_EE_ORIGIN_ZEROCOPY)
                {
                    long writes = (long)(error->ee_data - error->ee_info) + 1;
                    reaped += writes;
                    Completed += writes;
                    Copied += (error->ee_code & SO_EE_CODE_ZEROCOPY_COPIED) != 0 ? writes : 0;
                    _open -= writes;
                }
            }
        }
    }
}
