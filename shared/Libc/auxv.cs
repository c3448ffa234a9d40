using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/auxv.h: what the kernel told the program at its start, getauxval(3)

public static unsafe partial class Linux
{
    /// <summary>The path that was executed, a C string.</summary>
    public const int AT_EXECFN = 31;

    /// <summary>
    /// Nonzero when the program started with more privileges than its user has: file capabilities, setuid, setgid.
    /// </summary>
    public const int AT_SECURE = 23;

    [DllImport("libc")]
    public static extern nuint getauxval(nuint type);
}
