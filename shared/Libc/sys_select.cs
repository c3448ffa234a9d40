using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/select.h: the fd_set and its limit; the system call behind select(2), which has none

public static unsafe partial class Linux
{
    public const int FD_SETSIZE = 1024;

    /// <summary>The number of pselect6(2).</summary>
    public static int SYS_pselect6 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 72 : 270;

    // syscall(2) itself takes any arguments; this is the form that pselect6 needs.
    [DllImport("libc", EntryPoint = "syscall")]
    private static extern long pselect6(
        long number, long nfds, ulong* readfds, ulong* writefds, ulong* exceptfds, timespec* timeout, void* sigmask);

    /// <summary>
    /// pselect6(2) called directly, with bitmaps of any length: the kernel reads and writes <paramref name="nfds"/> bits,
    /// rounded up to 64, and knows no FD_SETSIZE.
    /// </summary>
    /// <param name="nfds">The highest descriptor plus one.</param>
    /// <param name="readfds">Bit fd of word fd / 64; the kernel leaves the ready ones. Null watches none.</param>
    /// <param name="writefds">The same for writing.</param>
    /// <param name="exceptfds">The same for exceptional conditions.</param>
    /// <param name="timeout">How long to wait; the kernel writes what is left. Null waits for ever.</param>
    /// <returns>The number of bits left, or -1 with errno.</returns>
    public static int Select(int nfds, ulong* readfds, ulong* writefds, ulong* exceptfds, timespec* timeout) =>
        (int)pselect6(SYS_pselect6, nfds, readfds, writefds, exceptfds, timeout, null);
}
