using System.Runtime.InteropServices;

namespace NetTools.Libc;

// fcntl.h: record locks, fcntl(2)

/// <summary>A lock on part of a file; <c>l_pid</c> must be 0 for <see cref="Linux.F_OFD_SETLK"/>.</summary>
public struct flock
{
    public short l_type;
    public short l_whence;
    public long l_start;
    public long l_len;
    public int l_pid;
}

public static unsafe partial class Linux
{
    public const int F_OFD_SETLK = 37;
    public const int F_WRLCK = 1;

    [DllImport("libc")]
    public static extern int fcntl(int fd, int cmd, flock* argument);
}
