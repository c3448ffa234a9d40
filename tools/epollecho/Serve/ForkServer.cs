using NetTools.EpollEcho.Processes;
using NetTools.Libc;
using NetTools.Measure;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>The classic server: fork(2) for each connection, blocking reads and writes in the child.</summary>
internal static unsafe class ForkServer
{
    private const int PauseMs = 500;

    /// <summary>Serves until an order to stop. The process must have one managed thread only.</summary>
    /// <param name="settings">What to serve, and the limits.</param>
    /// <param name="listener">A listening, non-blocking socket.</param>
    /// <param name="signals">SIGCHLD must be among them, or the dead are noticed late.</param>
    /// <param name="onSignal">Called when a signal waits; says how to go on.</param>
    /// <param name="counters">Shared between the processes: MAP_SHARED.</param>
    public static void Run(ServeSettings settings, int listener, Signals signals, Func<LoopOrder> onSignal, Counters* counters)
    {
        ForkChild.WarmUp();
        int parent = getpid();
        pollfd* watched = stackalloc pollfd[2];
        watched[0] = new pollfd { fd = signals.FileDescriptor, events = (short)POLLIN };
        watched[1] = new pollfd { fd = listener, events = (short)POLLIN };
        long pausedUntil = 0;
        while (true)
        {
            bool accepts = counters->Open < settings.MaxConnections && Clock.Nanoseconds >= pausedUntil;
            if (poll(watched, accepts ? 2u : 1u, pausedUntil != 0 ? PauseMs : -1) < 0 && Errno.Last != EINTR)
            {
                throw new LibcException("waiting for connections", Errno.Last);
            }

            if (watched[0].revents != 0 && onSignal() != LoopOrder.Continue)
            {
                return; // the children follow by PR_SET_PDEATHSIG
            }

            Reap(counters);
            pausedUntil = Clock.Nanoseconds >= pausedUntil ? 0 : pausedUntil;
            if (accepts && watched[1].revents != 0 && !Accept(settings, listener, signals.FileDescriptor, parent, counters))
            {
                pausedUntil = Clock.Nanoseconds + (PauseMs * 1_000_000L);
            }

            watched[1].revents = 0;
        }
    }

    /// <summary>Counters that parent and children share.</summary>
    /// <exception cref="LibcException">No memory.</exception>
    public static Counters* SharedCounters()
    {
        void* memory = mmap(null, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return memory != MAP_FAILED ? (Counters*)memory : throw new LibcException("sharing the counters", Errno.Last);
    }

    private static void Reap(Counters* counters)
    {
        int status;
        while (Linux.waitpid(-1, &status, Linux.WNOHANG) > 0)
        {
            counters->Closed++;
        }
    }

    /// <summary>Accepts one connection and forks its child.</summary>
    /// <returns>False when descriptors or processes ran out: pause.</returns>
    private static bool Accept(ServeSettings settings, int listener, int signals, int parent, Counters* counters)
    {
        int descriptor = accept4(listener, null, null, SOCK_CLOEXEC);
        if (descriptor < 0)
        {
            int errno = Errno.Last;
            if (errno != EAGAIN && errno != EINTR)
            {
                counters->Error(errno);
            }

            return errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM;
        }

        long id = counters->Accepted + 1;
        int child = fork();
        if (child == 0)
        {
            close(listener);
            close(signals);
            ForkChild.Serve(settings.Protocol, settings.IdleTimeout, descriptor, id, parent, counters); // never returns
        }

        if (child < 0)
        {
            counters->Error(Errno.Last);
            counters->Refused++;
            close(descriptor);
            return false;
        }

        close(descriptor);
        counters->Accepted = id;
        counters->Peak = Math.Max(counters->Peak, counters->Open);
        return true;
    }
}
