using NetTools.Libc;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>
/// Signals as a readable descriptor, signalfd(2), without a second managed thread: so fork(2) stays possible, which
/// the runtime's own signal handling, with its thread, would make unsafe.
/// </summary>
/// <remarks>
/// A signal goes to any thread that does not block it, and the runtime's finalizer thread is there before Main. So the
/// signals are blocked on that thread too, by an object whose finalizer does it.
/// </remarks>
public sealed unsafe class SignalDescriptor : IDisposable
{
    private readonly Descriptor _descriptor;

    /// <summary>
    /// Blocks the signals in the whole process and makes them readable. Call it before any other thread exists.
    /// </summary>
    /// <param name="numbers">SIGINT, SIGTERM, ...</param>
    public SignalDescriptor(params ReadOnlySpan<int> numbers)
    {
        // A shell starts background jobs with SIGINT ignored, and an ignored signal is never read; kill -INT must work there
        // too.
        sigaction standard = default;
        foreach (int number in numbers)
        {
            _ = sigaction(number, &standard, null);
        }

        sigset_t set = Set(numbers);
        Block(&set);
        s_set = set;
        s_blocked = false;
        LeaveOneToFinalize();
        while (!Volatile.Read(ref s_blocked))
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        _descriptor = Descriptor.Open(Linux.signalfd(-1, &set, Linux.SFD_CLOEXEC | Linux.SFD_NONBLOCK), "creating a signalfd");
    }

    private static sigset_t s_set;
    private static bool s_blocked;

    /// <summary>Readable when a signal waits.</summary>
    public int FileDescriptor => _descriptor.Value;

    /// <summary>Takes the next signal.</summary>
    /// <returns>Its number, or 0 when none waits.</returns>
    public int Next()
    {
        signalfd_siginfo info;
        return read(_descriptor.Value, &info, sizeof(signalfd_siginfo)) == sizeof(signalfd_siginfo) ? (int)info.ssi_signo : 0;
    }

    /// <summary>
    /// For a forked child: lets every signal but one through, to do what it does by default. Does not allocate.
    /// </summary>
    public static void BlockOnly(int signal)
    {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, signal);
        sigprocmask(SIG_SETMASK, &set, null);
    }

    /// <inheritdoc/>
    public void Dispose() => _descriptor.Dispose();

    private static sigset_t Set(ReadOnlySpan<int> numbers)
    {
        sigset_t set;
        sigemptyset(&set);
        foreach (int number in numbers)
        {
            sigaddset(&set, number);
        }

        return set;
    }

    private static void Block(sigset_t* set) => pthread_sigmask(SIG_BLOCK, set, null);

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void LeaveOneToFinalize() => _ = new BlockOnFinalizerThread();

    private sealed class BlockOnFinalizerThread
    {
        ~BlockOnFinalizerThread()
        {
            sigset_t set = s_set;
            Block(&set);
            Volatile.Write(ref s_blocked, true);
        }
    }
}
