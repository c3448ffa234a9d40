using System.Runtime.InteropServices;

namespace NetTools.Libc;

// sys/stat.h: what is known of a file, statx(2)

[StructLayout(LayoutKind.Explicit, Size = 256)]
public struct statx
{
    [FieldOffset(0)] public uint stx_mask;
    [FieldOffset(4)] public uint stx_blksize;
    [FieldOffset(8)] public ulong stx_attributes;
    [FieldOffset(16)] public uint stx_nlink;
    [FieldOffset(20)] public uint stx_uid;
    [FieldOffset(24)] public uint stx_gid;
    [FieldOffset(28)] public ushort stx_mode;
    [FieldOffset(32)] public ulong stx_ino;
    [FieldOffset(136)] public uint stx_dev_major;
    [FieldOffset(140)] public uint stx_dev_minor;
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
