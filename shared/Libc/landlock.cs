using System.Runtime.InteropServices;

namespace NetTools.Libc;

// linux/landlock.h: what a thread may do with files and other processes, landlock(7)

public static unsafe partial class Linux
{
    public const int LANDLOCK_CREATE_RULESET_VERSION = 1;
    public const int LANDLOCK_RULE_PATH_BENEATH = 1;
    public const ulong LANDLOCK_ACCESS_FS_EXECUTE = 1 << 0;
    public const ulong LANDLOCK_ACCESS_FS_WRITE_FILE = 1 << 1;
    public const ulong LANDLOCK_ACCESS_FS_READ_FILE = 1 << 2;
    public const ulong LANDLOCK_ACCESS_FS_READ_DIR = 1 << 3;
    public const ulong LANDLOCK_ACCESS_FS_REMOVE_FILE = 1 << 5;
    public const ulong LANDLOCK_ACCESS_FS_MAKE_DIR = 1 << 7;
    public const ulong LANDLOCK_ACCESS_FS_MAKE_REG = 1 << 8;
    public const ulong LANDLOCK_ACCESS_FS_MAKE_SYM = 1 << 12;
    public const ulong LANDLOCK_ACCESS_FS_REFER = 1 << 13;
    public const ulong LANDLOCK_ACCESS_FS_TRUNCATE = 1 << 14;
    public const ulong LANDLOCK_ACCESS_FS_IOCTL_DEV = 1 << 15;
    public const ulong LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1;
    public const ulong LANDLOCK_SCOPE_SIGNAL = 2;

    /// <summary>The number of landlock_create_ruleset(2).</summary>
    public static int SYS_landlock_create_ruleset => 444;

    /// <summary>The number of landlock_add_rule(2).</summary>
    public static int SYS_landlock_add_rule => 445;

    /// <summary>The number of landlock_restrict_self(2).</summary>
    public static int SYS_landlock_restrict_self => 446;
}

/// <summary>What is allowed with a file, or with everything in a folder.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct landlock_path_beneath_attr
{
    public ulong allowed_access;
    public int parent_fd;
}
