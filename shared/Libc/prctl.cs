using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/prctl.h, linux/prctl.h: prctl(2). The C function is variadic; every option used here takes whole words.

public static unsafe partial class Linux
{
    public const int PR_SET_PDEATHSIG = 1;
    public const int PR_GET_DUMPABLE = 3;
    public const int PR_SET_DUMPABLE = 4;
    public const int PR_SET_KEEPCAPS = 8;
    public const int PR_SET_NAME = 15;
    public const int PR_SET_TIMERSLACK = 29;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_GET_NO_NEW_PRIVS = 39;
    public const int PR_CAP_AMBIENT = 47;
    public const int PR_CAP_AMBIENT_CLEAR_ALL = 4;

    [DllImport("libc")]
    public static extern int prctl(int option, nuint arg2, nuint arg3, nuint arg4, nuint arg5);
}
