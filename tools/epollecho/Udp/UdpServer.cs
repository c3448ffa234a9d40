using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Udp;

/// <summary>
/// The UDP echo: datagrams come and go in batches, recvmmsg(2) and sendmmsg(2), and joined (UDP_GRO, UDP_SEGMENT).
/// </summary>
internal static unsafe class UdpServer
{
    private const int Turns = 16;

    /// <summary>Serves until an order to stop.</summary>
    /// <param name="settings">The interface of the group, if any.</param>
    /// <param name="socket">A bound UDP socket.</param>
    /// <param name="signals">Readable when <paramref name="onSignal"/> is to be called.</param>
    /// <param name="onSignal">Says how to go on.</param>
    /// <param name="counters">Where to count; a datagram counts as a request.</param>
    /// <param name="stats">Shows live numbers.</param>
    public static void Run(ServeSettings settings, int socket, SignalDescriptor signals, Func<LoopOrder> onSignal,
        Counters* counters, LiveStats? stats)
    {
        using EchoBatch batch = new(Listener.LocalAddress(socket).Port, settings.InterfaceIndex);
        pollfd* watched = stackalloc pollfd[2];
        watched[0] = new pollfd { fd = signals.FileDescriptor, events = (short)POLLIN };
        watched[1] = new pollfd { fd = socket, events = (short)POLLIN };
        CleanPages.Release();
        FailedWaits failures = new("waiting for datagrams");
        while (true)
        {
            if (Linux.poll(watched, 2, stats is null ? -1 : LiveStats.LongestWaitMs) < 0 && Errno.Last is int errno
                && errno != EINTR)
            {
                failures.Add(errno, counters, LiveStats.LongestWaitMs);
                continue;
            }

            failures.Clear();
            long woken = stats is null ? 0 : Clock.Nanoseconds;
            if (watched[0].revents != 0 && onSignal() != LoopOrder.Continue)
            {
                return;
            }

            if (watched[1].revents != 0)
            {
                for (int turn = 0; turn < Turns && Echo(socket, batch, counters); turn++)
                {
                }
            }

            stats?.Turn(woken, Clock.Nanoseconds, counters);
        }
    }

    /// <summary>Answers one batch.</summary>
    /// <returns>False when there was none.</returns>
    private static bool Echo(int socket, EchoBatch batch, Counters* counters)
    {
        int count = batch.Receive(socket);
        if (count < 0)
        {
            int errno = Errno.Last;
            if (errno != EAGAIN && errno != EINTR)
            {
                counters->Error(errno);
            }

            return false;
        }

        counters->Ignored += batch.Ignored;
        for (int reply = 0; reply < batch.Replies; reply++)
        {
            counters->Requests += batch.Datagrams(reply);
            counters->BytesReceived += batch.Bytes(reply);
        }

        for (int first = 0; first < batch.Replies;)
        {
            int sent = batch.Send(socket, first);
            if (sent < 0)
            {
                int errno = Errno.Last;
                if (errno == EINTR)
                {
                    continue;
                }

                counters->Error(errno); // ENOBUFS, EAGAIN, EPERM, ...: this one is lost, as datagrams may be; the others go on
                first++;
                continue;
            }

            for (int end = first + sent; first < end; first++)
            {
                counters->BytesSent += batch.Bytes(first);
            }
        }

        return true;
    }
}
