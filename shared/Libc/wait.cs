using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/wait.h: the end of a child process, waitpid(2)

public static unsafe partial class Linux
{
    public const int WNOHANG = 1;
    public const int WUNTRACED = 2;

    [DllImport("libc")]
    public static extern int waitpid(int pid, int* wstatus, int options);

    /// <summary>
    /// How a child ended: its exit code, or 128 and the number of the signal that killed it, as a shell says it.
    /// </summary>
    /// <param name="wstatus">What <see cref="waitpid"/> wrote.</param>
    public static int ExitStatus(int wstatus) => (wstatus & 0x7f) == 0 ? (wstatus >> 8) & 0xff : 128 + (wstatus & 0x7f);
}
