using System.Runtime.InteropServices;
using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>poll(2), ppoll(2) and pselect6(2), called directly.</summary>
public static unsafe class Readiness
{
    private const long PollOnX64 = 7; // arm64 has none: there poll(2) is ppoll(2)

    /// <summary>poll(2) called directly, see <see cref="Linux.SystemCall"/>.</summary>
    /// <param name="fds">What to watch; the kernel fills in the answers.</param>
    /// <param name="nfds">How many.</param>
    /// <param name="block">Whether to wait for one; else the timeout is zero.</param>
    /// <param name="atOnce">True when something is known to be ready, so that a call that waits returns at once too: the runtime
    /// then need not prepare for a garbage collection meanwhile.</param>
    /// <returns>How many are ready; -1 with errno.</returns>
    public static int Poll(pollfd* fds, int nfds, bool block, bool atOnce = false) =>
        RuntimeInformation.ProcessArchitecture == Architecture.X64
            ? (int)Linux.SystemCall(PollOnX64, block && !atOnce, (long)fds, nfds, block ? -1 : 0)
            : Ppoll(fds, nfds, block, atOnce);

    /// <summary>ppoll(2) called directly; the signal mask stays as it is.</summary>
    /// <inheritdoc cref="Poll"/>
    public static int Ppoll(pollfd* fds, int nfds, bool block, bool atOnce = false)
    {
        timespec now = default;
        return (int)Linux.SystemCall(Linux.SYS_ppoll, block && !atOnce, (long)fds, nfds, block ? 0 : (long)&now);
    }

    /// <summary>
    /// pselect6(2) called directly, for reading, with a bitmap of any length: the kernel reads and writes
    /// <paramref name="nfds"/> bits, rounded up to 64, and knows no FD_SETSIZE.
    /// </summary>
    /// <param name="nfds">The highest descriptor plus one.</param>
    /// <param name="readfds">Bit fd of word fd / 64; the kernel leaves the ready ones.</param>
    /// <param name="block">Whether to wait for one; else the timeout is zero.</param>
    /// <param name="atOnce">True when something is known to be ready, so that a call that waits returns at once too: the runtime
    /// then need not prepare for a garbage collection meanwhile.</param>
    /// <returns>The number of bits left, or -1 with errno.</returns>
    public static int Select(int nfds, ulong* readfds, bool block, bool atOnce = false)
    {
        timespec now = default;
        return (int)Linux.SystemCall(Linux.SYS_pselect6, block && !atOnce, nfds, (long)readfds, 0, 0, block ? 0 : (long)&now);
    }
}
