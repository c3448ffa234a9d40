using System.Runtime.InteropServices;
using System.Text;
using NetTools.Libc;
using static NetTools.Libc.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>
/// Which files a sandboxed program may still open, by landlock(7): those the system's libraries read, and those the command line
/// names. Signals reach this program and the children it makes later. A kernel without Landlock, or with
/// an older one, restricts less.
/// </summary>
public static unsafe class Landlock
{
    private const ulong Read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    private const ulong WriteFile = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE;
    private const ulong WriteFolder = Read | WriteFile | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR
        | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER;

    // All rights of ABI 1; a right that a later ABI brought is a bit more.
    private const ulong FirstRights = (1 << 13) - 1;

    private static readonly string[] s_system =
    [
        "/etc/hosts", "/etc/host.conf", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",
        "/etc/protocols", "/etc/networks", "/etc/ethers", "/etc/localtime", "/usr/share/zoneinfo",
        "/proc", "/sys", "/dev/null", "/dev/urandom",
    ];

    /// <summary>
    /// Restricts the calling thread, for good, and every thread it makes later. The caller has set no_new_privs.
    /// </summary>
    /// <param name="files">Files the program may read; one that does not exist is passed over.</param>
    /// <param name="folders">Folders in which it may also write, make and remove files; of a missing
    /// one, the nearest above.</param>
    /// <param name="scoped">Signals reach only what is in the sandbox.</param>
    /// <param name="networks">The program makes networks: it starts itself again, opens /dev/net/tun and writes the settings of
    /// namespaces.</param>
    /// <returns>0, -ENOSYS where there is no Landlock for us, or another negative errno.</returns>
    public static int Restrict(IEnumerable<string> files, IEnumerable<string> folders, bool scoped, bool networks = false)
    {
        long abi = SystemCall(SYS_landlock_create_ruleset, false, 0, 0, LANDLOCK_CREATE_RULESET_VERSION);
        if (abi < 0)
        {
            return -ENOSYS; // or a filter that a parent or a container put on this process keeps the call away: EPERM
        }

        ulong handled = FirstRights | (abi >= 2 ? LANDLOCK_ACCESS_FS_REFER : 0) | (abi >= 3 ? LANDLOCK_ACCESS_FS_TRUNCATE : 0)
            | (abi >= 5 ? LANDLOCK_ACCESS_FS_IOCTL_DEV : 0);
        Ruleset rules = new()
        {
            handled_access_fs = handled,
            scoped = abi < 6 ? 0 : LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | (scoped ? LANDLOCK_SCOPE_SIGNAL : 0),
        };
        int size = abi >= 6 ? sizeof(Ruleset) : abi >= 4 ? 2 * sizeof(ulong) : sizeof(ulong);
        int set = (int)SystemCall(SYS_landlock_create_ruleset, false, (long)&rules, size, 0);
        if (set < 0)
        {
            return -Errno.Last;
        }

        foreach (string path in s_system.Concat(files))
        {
            Allow(set, path, Read & handled, Read & ~LANDLOCK_ACCESS_FS_READ_DIR);
        }

        foreach (string folder in folders)
        {
            string? existing = folder;
            while (existing is not (null or "") && !Allow(set, existing, WriteFolder & handled,
                (LANDLOCK_ACCESS_FS_READ_FILE | WriteFile) & handled))
            {
                existing = Path.GetDirectoryName(existing);
            }
        }

        if (networks)
        {
            // Itself, by the name it was started with where there is no /proc.
            string name = Marshal.PtrToStringUTF8((nint)getauxval(AT_EXECFN)) ?? "";
            foreach (string self in (string[])["/proc/self/exe", name])
            {
                Allow(set, self, 0, (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE) & handled);
            }

            Allow(set, "/dev/net/tun", 0, (LANDLOCK_ACCESS_FS_READ_FILE | WriteFile | LANDLOCK_ACCESS_FS_IOCTL_DEV) & handled);
            Allow(set, "/proc/sys/net", (Read | WriteFile) & handled, 0);
        }

        int result = (int)SystemCall(SYS_landlock_restrict_self, false, set, 0, 0) == 0 ? 0 : -Errno.Last;
        _ = close(set);
        return result;
    }

    /// <summary>False when there is no such file.</summary>
    private static bool Allow(int set, string path, ulong ofFolder, ulong ofFile)
    {
        int fd;
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            fd = open(name, O_PATH | O_CLOEXEC, 0); // the file behind a link
        }

        if (fd < 0)
        {
            return false;
        }

        landlock_path_beneath_attr rule = new() { allowed_access = ofFolder, parent_fd = fd };
        if (ofFolder == 0 || SystemCall(SYS_landlock_add_rule, false, set, LANDLOCK_RULE_PATH_BENEATH, (long)&rule) != 0)
        {
            rule.allowed_access = ofFile; // EINVAL: it is not a folder
            _ = SystemCall(SYS_landlock_add_rule, false, set, LANDLOCK_RULE_PATH_BENEATH, (long)&rule);
        }

        _ = close(fd);
        return true;
    }

    // struct landlock_ruleset_attr of Linux 6.12; older headers end it earlier.
    private struct Ruleset
    {
        public ulong handled_access_fs;
        public ulong handled_access_net;
        public ulong scoped;
    }
}
