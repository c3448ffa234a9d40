using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/select.h: the fd_set's limit, and the system call behind select(2), which has none

public static unsafe partial class Linux
{
    public const int FD_SETSIZE = 1024;

    /// <summary>The number of pselect6(2).</summary>
    public static int SYS_pselect6 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 72 : 270;

    /// <summary>
    /// pselect6(2) called directly, for reading, with a bitmap of any length: the kernel reads and writes
    /// <paramref name="nfds"/> bits, rounded up to 64, and knows no FD_SETSIZE.
    /// </summary>
    /// <param name="nfds">The highest descriptor plus one.</param>
    /// <param name="readfds">Bit fd of word fd / 64; the kernel leaves the ready ones.</param>
    /// <param name="block">Whether to wait for one; else the timeout is zero.</param>
    /// <returns>The number of bits left, or -1 with errno.</returns>
    public static int Select(int nfds, ulong* readfds, bool block)
    {
        timespec now = default;
        return (int)SystemCall(SYS_pselect6, block, nfds, (long)readfds, 0, 0, block ? 0 : (long)&now);
    }
}
