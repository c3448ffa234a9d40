using System.Runtime.CompilerServices;

namespace NetTools.Os;

/// <summary>
/// Runs something on the runtime's finalizer thread, the one thread besides Main's that is there before Main, for system calls
/// that act on the calling thread alone.
/// </summary>
internal sealed class FinalizerThread
{
    private static volatile Func<int>? s_work;
    private static int s_result;

    ~FinalizerThread()
    {
        if (s_work is Func<int> work)
        {
            s_result = work();
            s_work = null;
        }
    }

    /// <summary>What the work returned, or null when the thread does not answer. One call at a time.</summary>
    public static int? Run(Func<int> work)
    {
        s_work = work;
        for (int attempt = 0; attempt < 100 && s_work is not null; attempt++)
        {
            LeaveOneToFinalize();
            GC.Collect(0);
            GC.WaitForPendingFinalizers();
        }

        return s_work is null ? s_result : null;
    }

    // Not inlined, so that no register or stack slot of the caller keeps the object alive.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void LeaveOneToFinalize() => _ = new FinalizerThread();
}
