using System.Runtime.InteropServices;

namespace NetTools.Libc;

// stdlib.h: memory, for servers that go on without it (NativeMemory throws, which allocates)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern void* malloc(nuint size);

    [DllImport("libc")]
    public static extern void free(void* ptr);
}
