using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/select.h: the fd_set's limit

public static unsafe partial class Linux
{
    public const int FD_SETSIZE = 1024;

    /// <summary>The number of pselect6(2).</summary>
    public static int SYS_pselect6 => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 72 : 270;
}
