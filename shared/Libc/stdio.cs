using System.Runtime.InteropServices;

namespace NetTools.Libc;

// stdio.h: streams over functions of the program's own, fopencookie(3); rename(2)

public unsafe struct cookie_io_functions_t
{
    public delegate* unmanaged[Cdecl]<void*, byte*, nuint, nint> read;
    public void* write;
    public void* seek;
    public void* close;
}

public static unsafe partial class Linux
{
    [DllImport("libc.so.6")]
    public static extern void* fopencookie(void* cookie, byte* mode, cookie_io_functions_t io_funcs);

    [DllImport("libc.so.6", SetLastError = true)]
    public static extern int rename(byte* oldpath, byte* newpath);
}
