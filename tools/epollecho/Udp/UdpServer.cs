using NetTools.EpollEcho.Processes;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Udp;

/// <summary>The UDP echo: datagrams come and go in batches, recvmmsg(2) and sendmmsg(2).</summary>
internal static unsafe class UdpServer
{
    private const int Batch = 64;
    private const int Turns = 16;

    /// <summary>Serves until an order to stop.</summary>
    /// <param name="socket">A bound UDP socket.</param>
    /// <param name="toGroup">Datagrams come to a multicast address, which cannot be the source of the answers.</param>
    /// <param name="signals">Readable when <paramref name="onSignal"/> is to be called.</param>
    /// <param name="onSignal">Says how to go on.</param>
    /// <param name="counters">Where to count; a datagram counts as a request.</param>
    public static void Run(int socket, bool toGroup, Signals signals, Func<LoopOrder> onSignal, Counters* counters)
    {
        using DatagramBatch batch = new(Batch);
        pollfd* watched = stackalloc pollfd[2];
        watched[0] = new pollfd { fd = signals.FileDescriptor, events = (short)POLLIN };
        watched[1] = new pollfd { fd = socket, events = (short)POLLIN };
        while (true)
        {
            if (Linux.poll(watched, 2, -1) < 0 && Errno.Last != EINTR)
            {
                throw new LibcException("waiting for datagrams", Errno.Last);
            }

            if (watched[0].revents != 0 && onSignal() != LoopOrder.Continue)
            {
                return;
            }

            if (watched[1].revents != 0)
            {
                for (int turn = 0; turn < Turns && Echo(socket, toGroup, batch, counters); turn++)
                {
                }
            }
        }
    }

    /// <summary>Answers one batch.</summary>
    /// <returns>True when there may be more.</returns>
    private static bool Echo(int socket, bool toGroup, DatagramBatch batch, Counters* counters)
    {
        int count = batch.Receive(socket, withControl: !toGroup);
        if (count < 0)
        {
            int errno = Errno.Last;
            if (errno != EAGAIN && errno != EINTR)
            {
                counters->Error(errno);
            }

            return false;
        }

        for (int i = 0; i < count; i++)
        {
            counters->BytesReceived += batch.Length(i);
        }

        counters->Requests += count;
        for (int first = 0; first < count;)
        {
            int sent = batch.Reply(socket, first, count);
            if (sent < 0)
            {
                int errno = Errno.Last;
                if (errno == EINTR)
                {
                    continue;
                }

                counters->Error(errno); // this one is lost, as datagrams may be; the others go on
                first++;
                continue;
            }

            for (int end = first + sent; first < end; first++)
            {
                counters->BytesSent += batch.Length(first);
            }
        }

        return count == batch.Count;
    }
}
