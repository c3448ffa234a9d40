using System.Runtime.InteropServices;
using NetTools.Os;

namespace NetTools.Libc;

// sys/random.h, getrandom(2)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    private static extern nint getrandom(void* buf, nuint buflen, uint flags);

    /// <summary>Eight bytes nobody can guess.</summary>
    /// <remarks>.NET's RandomNumberGenerator would load OpenSSL at run time, which a static program must not.</remarks>
    public static ulong RandomUInt64()
    {
        ulong value;
        // Up to 256 bytes come whole, and a signal cannot interrupt it once the pool is seeded.
        Errno.Check((long)getrandom(&value, sizeof(ulong), 0), "reading random bytes");
        return value;
    }
}
