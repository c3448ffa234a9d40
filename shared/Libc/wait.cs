using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/wait.h: the end of a child process, waitpid(2)

public static unsafe partial class Linux
{
    public const int WNOHANG = 1;

    [DllImport("libc")]
    public static extern int waitpid(int pid, int* wstatus, int options);
}
