using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>The classic server: fork(2) for each connection, blocking reads and writes in the child.</summary>
internal static unsafe class ForkServer
{
    private const int PauseMs = 500;
    private const int DrainSlackMs = 500; // the children keep the time; this is for those that do not

    /// <summary>Serves until an order to stop. The process must have one managed thread only.</summary>
    /// <param name="settings">What to serve, and the limits.</param>
    /// <param name="listener">A listening, non-blocking socket.</param>
    /// <param name="signals">SIGCHLD must be among them, or the dead are noticed late.</param>
    /// <param name="onSignal">Called when a signal waits; says how to go on.</param>
    /// <param name="counters">Shared between the processes: MAP_SHARED.</param>
    /// <param name="stats">Shows live numbers.</param>
    public static void Run(ServeSettings settings, int listener, SignalDescriptor signals, Func<LoopOrder> onSignal,
        Counters* counters, LiveStats? stats)
    {
        ForkChild.WarmUp();
        int parent = getpid();
        pollfd* watched = stackalloc pollfd[2];
        watched[0] = new pollfd { fd = signals.FileDescriptor, events = (short)POLLIN };
        watched[1] = new pollfd { fd = listener, events = (short)POLLIN };
        long pausedUntil = 0;
        FailedWaits failures = new("waiting for connections");
        HashSet<int> children = [];
        CleanPages.Release();
        while (true)
        {
            bool accepts = counters->Open < settings.MaxConnections && Clock.Nanoseconds >= pausedUntil;
            int waitMs = stats is not null ? LiveStats.LongestWaitMs : pausedUntil != 0 ? PauseMs : -1;
            if (poll(watched, accepts ? 2u : 1u, waitMs) < 0 && Errno.Last is int errno && errno != EINTR)
            {
                watched[0].revents = watched[1].revents = 0;
                pausedUntil = Clock.Nanoseconds + (PauseMs * 1_000_000L);
                failures.Add(errno, counters, PauseMs);
            }
            else
            {
                failures.Clear();
            }

            long woken = Clock.Nanoseconds;
            LoopOrder order = watched[0].revents != 0 ? onSignal() : LoopOrder.Continue;
            if (order == LoopOrder.Drain)
            {
                // Closing the listener would reset those who wait in its queue.
                for (int i = 0; accepts && i < settings.Backlog && counters->Open < settings.MaxConnections; i++)
                {
                    long before = counters->Accepted;
                    accepts = Accept(settings, listener, signals.FileDescriptor, parent, children, counters)
                        && counters->Accepted > before;
                }

                close(listener);
                Drain(settings, children, &watched[0], onSignal, counters);
            }

            if (order != LoopOrder.Continue)
            {
                return; // the children that are left follow by PR_SET_PDEATHSIG
            }

            Reap(children, counters);
            pausedUntil = Clock.Nanoseconds >= pausedUntil ? 0 : pausedUntil;
            if (accepts && watched[1].revents != 0
                && !Accept(settings, listener, signals.FileDescriptor, parent, children, counters))
            {
                pausedUntil = Clock.Nanoseconds + (PauseMs * 1_000_000L);
            }

            watched[1].revents = 0;
            stats?.Turn(woken, Clock.Nanoseconds, counters);
        }
    }

    /// <summary>Counters that parent and children share.</summary>
    /// <exception cref="LibcException">No memory.</exception>
    public static Counters* SharedCounters()
    {
        void* memory = mmap(null, sizeof(Counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return memory != MAP_FAILED ? (Counters*)memory : throw new LibcException("sharing the counters", Errno.Last);
    }

    private static void Reap(HashSet<int> children, Counters* counters)
    {
        int status;
        for (int pid = Linux.waitpid(-1, &status, Linux.WNOHANG); pid > 0; pid = Linux.waitpid(-1, &status, Linux.WNOHANG))
        {
            children.Remove(pid);
            counters->Closed++;
        }
    }

    /// <summary>Lets the children answer what has been accepted: SIGTERM tells them that each answer is the last.</summary>
    private static void Drain(ServeSettings settings, HashSet<int> children, pollfd* signals, Func<LoopOrder> onSignal,
        Counters* counters)
    {
        foreach (int child in children)
        {
            ChildSignal.Send(child, SIGTERM);
        }

        long until = Clock.Nanoseconds + (((settings.DrainTimeout * 1000L) + DrainSlackMs) * 1_000_000L);
        for (Reap(children, counters); children.Count > 0; Reap(children, counters))
        {
            int left = (int)((until - Clock.Nanoseconds) / TimeUnits.Millisecond);
            if (left <= 0 || (poll(signals, 1, left) > 0 && onSignal() != LoopOrder.Continue))
            {
                return;
            }
        }
    }

    /// <summary>Accepts one connection and forks its child.</summary>
    /// <returns>False when descriptors or processes ran out: pause.</returns>
    private static bool Accept(ServeSettings settings, int listener, int signals, int parent, HashSet<int> children,
        Counters* counters)
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

        ServeSockets.SetOnEarly(settings, descriptor);
        long id = counters->Accepted + 1;
        int child = fork();
        if (child == 0)
        {
            close(listener);
            ForkChild.Serve(settings, descriptor, id, signals, parent, counters); // never returns
        }

        if (child < 0)
        {
            counters->Error(Errno.Last);
            counters->Refused++;
            close(descriptor);
            return false;
        }

        close(descriptor);
        children.Add(child);
        counters->Accepted = id;
        counters->Peak = Math.Max(counters->Peak, counters->Open);
        return true;
    }
}
