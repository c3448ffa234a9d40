using NetTools.EpollEcho.Http;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// One connection in a process of its own. After fork(2) the runtime's other thread is missing here, so nothing in this file may
/// allocate managed memory: it would lead to a garbage collection sooner or later.
/// </summary>
internal static unsafe class ForkChild
{
    private const int Size = 16 * 1024;
    private const int LingerSeconds = 2;
    private const int SampleEvery = 64;

    private static int s_signals;
    private static int s_idleTimeout;
    private static bool s_quickAck;

    /// <summary>Runs the HTTP code once, for its static data must be made before the fork.</summary>
    public static void WarmUp()
    {
        Connection connection = default;
        byte* output = stackalloc byte[512];
        long requests = 0;
        HttpResponder.Answer(&connection, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 1\r\n\r\na"u8,
            new Span<byte>(output, 512), out _, out _, ref requests);
        PrivateMemory.Read();
        HttpDate.Refresh();
        SocketOption.QuickAck.TrySet(-1, 1);
    }

    /// <summary>Serves the connection and ends the process.</summary>
    /// <param name="settings">What to serve.</param>
    /// <param name="descriptor">The connection.</param>
    /// <param name="id">Its number, from 1.</param>
    /// <param name="signals">The parent's signalfd(2), which tells a child of its own signals.</param>
    /// <param name="parent">The process id of the parent.</param>
    /// <param name="counters">Shared with the parent.</param>
    public static void Serve(ServeSettings settings, int descriptor, long id, int signals, int parent, Counters* counters)
    {
        SignalDescriptor.BlockOnly(SIGTERM);
        s_signals = signals;
        s_idleTimeout = settings.IdleTimeout;
        s_quickAck = settings.QuickAck;
        Linux.prctl(Linux.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
        if (getppid() != parent)
        {
            _exit(1); // it died before the line above
        }

        if (s_idleTimeout > 0)
        {
            timeval limit = new() { tv_sec = s_idleTimeout };
            setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(timeval));
        }

        if (s_quickAck)
        {
            SocketOption.QuickAck.TrySet(descriptor, 1);
        }

        int errno = settings.Protocol == Protocol.Echo ? Echo(descriptor, counters) : Http(descriptor, counters);
        if (errno != 0)
        {
            counters->Error(errno == EAGAIN ? ETIMEDOUT : errno);
        }

        if (id % SampleEvery == 1)
        {
            long bytes = PrivateMemory.Read();
            if (bytes >= 0)
            {
                Interlocked.Add(ref counters->SampledBytes, bytes);
                Interlocked.Increment(ref counters->Samples);
            }
        }

        _exit(0);
    }

    private static int Echo(int descriptor, Counters* counters)
    {
        byte* buffer = stackalloc byte[Size];
        while (true)
        {
            int got = Receive(descriptor, buffer, Size, counters, out int errno);
            if (got <= 0 || (errno = SendAll(descriptor, buffer, got, counters)) != 0)
            {
                return errno;
            }
        }
    }

    private static int Http(int descriptor, Counters* counters)
    {
        byte* input = stackalloc byte[Size];
        byte* output = stackalloc byte[Size];
        Connection connection = default;
        int length = 0;
        while (true)
        {
            int got = Receive(descriptor, input + length, Size - length, counters, out int errno);
            if (got <= 0)
            {
                return errno;
            }

            length += got;
            int start = 0;
            HttpStep step;
            do
            {
                long requests = 0;
                HttpDate.Refresh();
                step = HttpResponder.Answer(&connection, new ReadOnlySpan<byte>(input + start, length - start),
                    new Span<byte>(output, Size), out int consumed, out int produced, ref requests);
                Interlocked.Add(ref counters->Requests, requests);
                start += consumed;
                errno = SendAll(descriptor, output, produced, counters);
                if (errno != 0)
                {
                    return errno;
                }
            }
            while (step == HttpStep.NeedsRoom);

            if (step == HttpStep.Close)
            {
                if ((connection.Flags & ConnectionFlags.Linger) != 0)
                {
                    Linger(descriptor, input, counters);
                }

                return 0;
            }

            length -= start;
            Buffer.MemoryCopy(input + start, input, Size, length);
        }
    }

    private static void Linger(int descriptor, byte* buffer, Counters* counters)
    {
        s_idleTimeout = LingerSeconds;
        shutdown(descriptor, SHUT_WR);
        for (int left = HttpRequest.MaxBody; left > 0;)
        {
            int got = Receive(descriptor, buffer, Size, counters, out _);
            if (got <= 0)
            {
                return;
            }

            left -= got;
        }
    }

    private static int Receive(int descriptor, byte* buffer, int room, Counters* counters, out int errno)
    {
        while (true)
        {
            int got = (int)Linux.recv(descriptor, buffer, (nuint)room, MSG_DONTWAIT);
            errno = got < 0 ? Errno.Last : 0;
            if (errno == EAGAIN && WaitForInput(descriptor))
            {
                continue;
            }

            if (got > 0)
            {
                Interlocked.Add(ref counters->BytesReceived, got);
                if (s_quickAck)
                {
                    SocketOption.QuickAck.TrySet(descriptor, 1);
                }
            }

            if (errno != EINTR)
            {
                return got;
            }
        }
    }

    /// <summary>
    /// Waits, and ends the process if SIGTERM came and there is nothing to read: so it never cuts an answer. The signal stays blocked,
    /// for ppoll(2) with it unblocked would let it kill a process that has just been woken by input.
    /// </summary>
    /// <returns>False when nothing came within the idle timeout.</returns>
    private static bool WaitForInput(int descriptor)
    {
        pollfd* watched = stackalloc pollfd[2];
        watched[0] = new pollfd { fd = descriptor, events = (short)POLLIN };
        watched[1] = new pollfd { fd = s_signals, events = (short)POLLIN };
        timespec limit = new() { tv_sec = s_idleTimeout };
        int ready = Linux.ppoll(watched, 2, s_idleTimeout > 0 ? &limit : null, null);
        if (ready > 0 && watched[0].revents == 0)
        {
            _exit(0);
        }

        return ready != 0;
    }

    private static int SendAll(int descriptor, byte* bytes, int length, Counters* counters)
    {
        for (int done = 0; done < length;)
        {
            int sent = (int)Linux.send(descriptor, bytes + done, (nuint)(length - done), MSG_NOSIGNAL);
            if (sent >= 0)
            {
                done += sent;
                Interlocked.Add(ref counters->BytesSent, sent);
            }
            else if (Errno.Last is int errno && errno != EINTR)
            {
                return errno;
            }
        }

        return 0;
    }
}
