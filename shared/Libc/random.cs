using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/random.h, getrandom(2)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern nint getrandom(void* buf, nuint buflen, uint flags);
}
