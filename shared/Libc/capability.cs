using System.Runtime.InteropServices;

namespace NetTools.Libc;

// linux/capability.h: capabilities(7). Both calls act on one thread.

public struct __user_cap_header_struct
{
    public uint version;
    public int pid;
}

public struct __user_cap_data_struct
{
    public uint effective;
    public uint permitted;
    public uint inheritable;
}

public static unsafe partial class Linux
{
    public const int _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
    public const int _LINUX_CAPABILITY_U32S_3 = 2;
    public const int CAP_NET_BIND_SERVICE = 10;
    public const int CAP_NET_ADMIN = 12;
    public const int CAP_NET_RAW = 13;
    public const int CAP_IPC_LOCK = 14;
    public const int CAP_SYS_ADMIN = 21;
    public const int CAP_SYS_NICE = 23;

    [DllImport("libc")]
    public static extern int capget(__user_cap_header_struct* hdrp, __user_cap_data_struct* datap);

    [DllImport("libc")]
    public static extern int capset(__user_cap_header_struct* hdrp, __user_cap_data_struct* datap);
}
