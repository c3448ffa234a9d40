using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// sys/signalfd.h: signals as something to read, signalfd(2)

/// <summary>One signal read from a signalfd(2).</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct signalfd_siginfo
{
    public uint ssi_signo;
    public int ssi_errno;
    public int ssi_code;
    public uint ssi_pid;
    public uint ssi_uid;
    public int ssi_fd;
    public uint ssi_tid;
    public uint ssi_band;
    public uint ssi_overrun;
    public uint ssi_trapno;
    public int ssi_status;
    public int ssi_int;
    public ulong ssi_ptr;
    public ulong ssi_utime;
    public ulong ssi_stime;
    public ulong ssi_addr;
    public ushort ssi_addr_lsb;
    private fixed byte _pad[46];
}

public static unsafe partial class Linux
{
    public const int SFD_CLOEXEC = 0x80000;
    public const int SFD_NONBLOCK = 0x800;

    [DllImport("libc")]
    public static extern int signalfd(int fd, sigset_t* mask, int flags);
}
