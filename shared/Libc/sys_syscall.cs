using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/syscall.h: system calls without the C library's wrappers, syscall(2)

public static unsafe partial class Linux
{
    /// <summary>The number of read(2).</summary>
    public static int SYS_read => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 63 : 0;

    /// <summary>The number of write(2).</summary>
    public static int SYS_write => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 64 : 1;

    /// <summary>
    /// A system call by its number. The C library's own wrappers of calls that may wait are points of cancellation, which costs
    /// a program with threads, as every .NET program is one, some 40 ns at each call.
    /// </summary>
    /// <param name="number">Of this architecture.</param>
    /// <param name="mayWait">
    /// False when the call returns at once: then the runtime need not prepare for a garbage collection meanwhile, which saves
    /// some more nanoseconds, and one that is due waits for the call.
    /// </param>
    /// <param name="a">The arguments follow; what the call does not take it does not look at.</param>
    /// <param name="b">The second.</param>
    /// <param name="c">The third.</param>
    /// <param name="d">The fourth.</param>
    /// <param name="e">The fifth.</param>
    /// <param name="f">The sixth.</param>
    /// <returns>What the call returned; -1 with errno.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long SystemCall(long number, bool mayWait, long a, long b, long c, long d = 0, long e = 0, long f = 0) =>
        mayWait ? WaitingCall(number, a, b, c, d, e, f) : QuickCall(number, a, b, c, d, e, f);

    [DllImport("libc", EntryPoint = "syscall")]
    private static extern long WaitingCall(long number, long a, long b, long c, long d, long e, long f);

    [DllImport("libc", EntryPoint = "syscall"), SuppressGCTransition]
    private static extern long QuickCall(long number, long a, long b, long c, long d, long e, long f);
}
