using System.Runtime.InteropServices;

namespace NetTools.Libc;

// unistd.h: the user and group ids of a process, credentials(7)

public static unsafe partial class Linux
{
    [DllImport("libc")]
    public static extern uint getuid();

    [DllImport("libc")]
    public static extern uint geteuid();

    [DllImport("libc")]
    public static extern uint getgid();

    [DllImport("libc")]
    public static extern uint getegid();

    [DllImport("libc")]
    public static extern int setresuid(uint ruid, uint euid, uint suid);

    [DllImport("libc")]
    public static extern int setresgid(uint rgid, uint egid, uint sgid);
}
