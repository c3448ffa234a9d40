using NetTools.EpollEcho.Http;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// One connection in a process of its own. After fork(2) the runtime's other thread is missing here, so nothing in this file may
/// allocate managed memory: a garbage collection would follow sooner or later.
/// </summary>
internal static unsafe class ForkChild
{
    private const int Size = 16 * 1024;
    private const int LingerSilenceMs = 5_000;
    private const int LingerMs = 30_000;
    private const int BytesPerMs = 16;
    private const int QuietMs = 500;
    private const int StreamMs = 1_000;
    private const int SampleEvery = 64;
    private const long Never = long.MaxValue;

    private static int s_signals;
    private static bool s_http;
    private static long s_idleMs;
    private static long s_requestMs;
    private static long s_drainMs;
    private static bool s_quickAck;
    private static bool s_draining;
    private static bool s_begun;
    private static long s_drainSince;
    private static long s_requestUntil;
    private static long s_bodySince;
    private static bool s_inRequest;

    /// <summary>Runs the HTTP code once, because its static data must exist before the fork.</summary>
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
    /// <param name="signals">The parent's signalfd(2), which reports a child its own signals.</param>
    /// <param name="parent">The process id of the parent.</param>
    /// <param name="counters">Shared with the parent.</param>
    public static void Serve(ServeSettings settings, int descriptor, long id, int signals, int parent, Counters* counters)
    {
        SignalDescriptor.BlockOnly(SIGTERM);
        s_signals = signals;
        s_http = settings.Protocol == Protocol.Http;
        s_idleMs = settings.IdleTimeout > 0 ? settings.IdleTimeout * 1000L : Never;
        s_requestMs = settings.RequestTimeout > 0 ? settings.RequestTimeout * 1000L : Never;
        s_drainMs = settings.DrainTimeout * 1000L;
        s_requestUntil = s_http ? After(s_requestMs) : Never;
        s_quickAck = settings.QuickAck;
        Linux.prctl(Linux.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
        if (getppid() != parent)
        {
            _exit(1); // it died before the line above
        }

        timeval look = new() { tv_sec = 1 };
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &look, sizeof(timeval)); // so that a wait for room can be given up

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
                if (errno == EAGAIN && length > 0 && connection.BodyLeft == 0 && (connection.Flags & ConnectionFlags.Chunks) == 0)
                {
                    counters->Error(ETIMEDOUT);
                    Refuse408(descriptor, &connection, input, output, counters);
                    return 0;
                }

                return errno;
            }

            length += got;
            int start = 0;
            long requests = 0;
            HttpStep step;
            do
            {
                HttpDate.Refresh();
                connection.Flags |= s_draining ? ConnectionFlags.Draining : 0;
                step = HttpResponder.Answer(&connection, new ReadOnlySpan<byte>(input + start, length - start),
                    new Span<byte>(output, Size), out int consumed, out int produced, ref requests);
                start += consumed;
                errno = SendAll(descriptor, output, produced, counters);
                if (errno != 0)
                {
                    return errno;
                }
            }
            while (step == HttpStep.NeedsRoom);

            Interlocked.Add(ref counters->Requests, requests);
            if (step == HttpStep.Close)
            {
                if ((connection.Flags & ConnectionFlags.Linger) != 0 || start < length)
                {
                    Linger(descriptor, input, counters);
                }

                return 0;
            }

            length -= start;
            Buffer.MemoryCopy(input + start, input, Size, length);
            TimeRequest(&connection, length, requests > 0);
        }
    }

    /// <summary>
    /// Sets until when the head or body under way must be complete. The first head counts from the accept, another from the first
    /// byte of it or of the empty lines before it.
    /// </summary>
    private static void TimeRequest(Connection* connection, int kept, bool another)
    {
        bool body = connection->BodyLeft > 0 || (connection->Flags & ConnectionFlags.Chunks) != 0;
        s_inRequest = body || kept > 0;
        if (body && s_requestMs != Never)
        {
            s_bodySince = another || s_bodySince == 0 ? Clock.Nanoseconds : s_bodySince;
            s_requestUntil = s_bodySince + ((s_requestMs + (connection->BodyDone / BytesPerMs)) * TimeUnits.Millisecond);
            return;
        }

        bool ended = another || s_bodySince != 0;
        s_requestUntil = kept == 0 && ended ? Never : another || s_bodySince != 0 || s_requestUntil == Never ? After(s_requestMs)
            : s_requestUntil;
        s_bodySince = 0;
    }

    private static void Refuse408(int descriptor, Connection* connection, byte* input, byte* output, Counters* counters)
    {
        int produced = 0;
        HttpResponder.Refuse(connection, 408, new Span<byte>(output, Size), ref produced);
        if (SendAll(descriptor, output, produced, counters) == 0)
        {
            Linger(descriptor, input, counters);
        }
    }

    private static void Linger(int descriptor, byte* buffer, Counters* counters)
    {
        s_idleMs = LingerSilenceMs;
        s_requestUntil = After(LingerMs);
        shutdown(descriptor, SHUT_WR);
        while (Receive(descriptor, buffer, Size, counters, out _) > 0)
        {
        }
    }

    private static int Receive(int descriptor, byte* buffer, int room, Counters* counters, out int errno)
    {
        while (true)
        {
            int got = (int)Linux.recv(descriptor, buffer, (nuint)room, MSG_DONTWAIT);
            errno = got < 0 ? Errno.Last : 0;
            if (errno == EAGAIN && WaitForInput(descriptor, counters))
            {
                continue;
            }

            if (got > 0)
            {
                s_begun = true;
                Interlocked.Add(ref counters->BytesReceived, got);
                if (s_quickAck)
                {
                    SocketOption.QuickAck.TrySet(descriptor, 1);
                }
            }

            if (errno != EINTR)
            {
                return got > 0 && Clock.Nanoseconds >= s_requestUntil ? Late(out errno) : got;
            }
        }
    }

    /// <summary>What comes drop by drop never lets the wait expire, so the time is looked at here, too.</summary>
    private static int Late(out int errno)
    {
        errno = EAGAIN;
        return -1;
    }

    /// <summary>
    /// Waits. After SIGTERM each answer is the last; a child that owes none ends here, once nothing has come for a moment. The
    /// signal stays blocked, for ppoll(2) with it unblocked would let it kill a process that has just been woken by input.
    /// </summary>
    /// <returns>False when nothing came in time.</returns>
    private static bool WaitForInput(int descriptor, Counters* counters)
    {
        long idleUntil = After(s_idleMs);
        pollfd* watched = stackalloc pollfd[2];
        while (true)
        {
            long until = Math.Min(idleUntil, s_requestUntil);
            bool owes = !s_begun || s_inRequest;
            if (s_draining)
            {
                long end = s_drainSince + (s_drainMs * TimeUnits.Millisecond);
                until = Math.Min(until, owes ? end : Math.Min(end, QuietUntil()));
            }

            long left = until == Never ? 0 : Math.Max(until - Clock.Nanoseconds, 0);
            watched[0] = new pollfd { fd = descriptor, events = (short)POLLIN };
            watched[1] = new pollfd { fd = s_signals, events = (short)POLLIN };
            timespec limit = TimeUnits.Timespec(left);
            int ready = Linux.ppoll(watched, s_draining ? 1u : 2u, until == Never ? null : &limit, null);
            if (ready > 0 && !s_draining && watched[1].revents != 0)
            {
                s_draining = true;
                s_drainSince = Clock.Nanoseconds;
            }

            if (ready < 0 || (ready > 0 && watched[0].revents != 0))
            {
                return true;
            }

            if (ready == 0 && s_draining && (idleUntil > Clock.Nanoseconds || s_idleMs == Never)
                && s_requestUntil > Clock.Nanoseconds)
            {
                if (owes)
                {
                    Interlocked.Increment(ref counters->Cut);
                }

                _exit(0);
            }

            if (ready == 0)
            {
                return false;
            }
        }
    }

    /// <summary>Until when a connection that owes nothing may still ask in a draining server.</summary>
    private static long QuietUntil()
    {
        long now = Clock.Nanoseconds;
        long stream = s_http ? Never : s_drainSince + (StreamMs * TimeUnits.Millisecond);
        return Math.Min(now + (QuietMs * TimeUnits.Millisecond), stream);
    }

    /// <summary>The time after some milliseconds, in nanoseconds of the monotonic clock.</summary>
    private static long After(long milliseconds) =>
        milliseconds == Never ? Never : Clock.Nanoseconds + (milliseconds * TimeUnits.Millisecond);

    private static int SendAll(int descriptor, byte* bytes, int length, Counters* counters)
    {
        long since = 0;
        long last = 0;
        ulong acked = 0;
        for (int done = 0; done < length;)
        {
            int sent = (int)Linux.send(descriptor, bytes + done, (nuint)(length - done), MSG_NOSIGNAL);
            if (sent >= 0)
            {
                done += sent;
                last = 0;
                Interlocked.Add(ref counters->BytesSent, sent);
                continue;
            }

            int errno = Errno.Last;
            if (errno == EAGAIN)
            {
                // The peer takes nothing: how long may it go on?
                long now = Clock.Nanoseconds;
                ulong taken = TcpInfo.ReadBytesAcked(descriptor);
                (since, acked) = since == 0 ? (now, taken) : (since, acked);
                last = last == 0 ? now : last;
                long slow = (now - since) / TimeUnits.Millisecond;
                if ((now - last) / TimeUnits.Millisecond < s_idleMs
                    && (!s_http || s_requestMs == Never || slow < s_requestMs + (long)((taken - acked) / BytesPerMs)))
                {
                    continue;
                }

                linger at = new() { l_onoff = 1 };
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at, sizeof(linger)); // or the kernel would keep what is unsent
            }

            if (errno != EINTR)
            {
                return errno;
            }
        }

        return 0;
    }
}
