using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/stat.h: what is known of a file, statx(2)

[StructLayout(LayoutKind.Sequential, Size = 256)]
public struct statx
{
    public uint stx_mask;
    public uint stx_blksize;
    public ulong stx_attributes;
    public uint stx_nlink;
    public uint stx_uid;
    public uint stx_gid;
    public ushort stx_mode;
}

public static unsafe partial class Linux
{
    public const uint STATX_BASIC_STATS = 0x7ff;
    public const int AT_EMPTY_PATH = 0x1000;
    public const int S_IFMT = 0xF000;
    public const int S_IFREG = 0x8000;
    public const int S_IWOTH = 0x2;
    public const int S_IXOTH = 0x1;
    public const int S_IXGRP = 0x8;

    [DllImport("libc", EntryPoint = "statx")]
    public static extern int statx(int dirfd, byte* pathname, int flags, uint mask, statx* statxbuf);
}
