using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.Libc;

// spawn.h: starting a program without the caller's memory being copied, posix_spawn(3)

[StructLayout(LayoutKind.Sequential, Size = 336)]
public struct posix_spawnattr_t
{
    private readonly long _opaque;
}

[StructLayout(LayoutKind.Sequential, Size = 80)]
public struct posix_spawn_file_actions_t
{
    private readonly long _opaque;
}

public static unsafe partial class Linux
{
    public const int POSIX_SPAWN_SETPGROUP = 0x02;
    public const int POSIX_SPAWN_SETSIGDEF = 0x04;
    public const int POSIX_SPAWN_SETSIGMASK = 0x08;

    [DllImport("libc")]
    public static extern int posix_spawnattr_init(posix_spawnattr_t* attr);

    [DllImport("libc")]
    public static extern int posix_spawnattr_destroy(posix_spawnattr_t* attr);

    [DllImport("libc")]
    public static extern int posix_spawnattr_setflags(posix_spawnattr_t* attr, short flags);

    [DllImport("libc")]
    public static extern int posix_spawnattr_setsigdefault(posix_spawnattr_t* attr, sigset_t* sigdefault);

    [DllImport("libc")]
    public static extern int posix_spawnattr_setsigmask(posix_spawnattr_t* attr, sigset_t* sigmask);

    [DllImport("libc")]
    public static extern int posix_spawnattr_setpgroup(posix_spawnattr_t* attr, int pgroup);

    [DllImport("libc")]
    public static extern int posix_spawn_file_actions_init(posix_spawn_file_actions_t* file_actions);

    [DllImport("libc")]
    public static extern int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t* file_actions);

    [DllImport("libc")]
    public static extern int posix_spawn_file_actions_adddup2(
        posix_spawn_file_actions_t* file_actions, int fildes, int newfildes);

    [DllImport("libc")]
    public static extern int posix_spawnp(
        int* pid, byte* file, posix_spawn_file_actions_t* file_actions, posix_spawnattr_t* attrp, byte** argv, byte** envp);
}
