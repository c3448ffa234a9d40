using System.Globalization;
using NetTools.Libc;

namespace NetTools.Os;

/// <summary>
/// Gives up every privilege for good: capabilities(7), no_new_privs of prctl(2), and a setuid program's user id.
/// </summary>
/// <remarks>
/// capset(2) and PR_SET_NO_NEW_PRIVS act on the calling thread only, and the runtime's finalizer thread is there before Main. So
/// the finalizer thread drops its own, in a finalizer. Threads made later inherit from a thread that has nothing left.
/// </remarks>
public static unsafe class Privileges
{
    /// <summary>What to tell a user whose socket needs CAP_NET_RAW.</summary>
    public static string RawSocketHint =>
        "needs CAP_NET_RAW: run with sudo, or once: sudo setcap cap_net_raw+ep "
        + (Environment.ProcessPath ?? "the program");

    /// <summary>
    /// Drops everything on all threads. Call it once the privileged sockets are open, before starting any thread.
    /// </summary>
    /// <param name="forked">True in a child of fork(2), which has no finalizer thread.</param>
    /// <exception cref="OperationFailedException">Something could not be dropped: going on would not be safe.</exception>
    public static void DropAll(bool forked = false) => DropAllBut([], forked);

    /// <summary>Drops everything but some capabilities, which stay where the process has them, and becomes undumpable.</summary>
    /// <param name="kept">CAP_NET_ADMIN, ...</param>
    /// <param name="forked">True in a child of fork(2), which has no finalizer thread.</param>
    /// <inheritdoc cref="DropAll"/>
    public static void DropAllBut(ReadOnlySpan<int> kept, bool forked = false)
    {
        ulong keep = 0;
        foreach (int capability in kept)
        {
            keep |= 1UL << capability;
        }

        bool privileged = CallerPolicy.IsMorePrivileged || Capabilities() != 0;
        DropSetuid();
        Check(DropOnThisThread(keep));
        if (!forked)
        {
            Check(FinalizerThread.Run(() => DropOnThisThread(keep)) ?? throw new OperationFailedException(
                "dropping capabilities: the finalizer thread does not answer"));
        }

        foreach (int thread in Threads())
        {
            if ((Capabilities(thread) & ~keep) != 0)
            {
                throw new OperationFailedException($"dropping capabilities: thread {thread} keeps some");
            }
        }

        if (privileged)
        {
            BecomeUndumpable();
        }
    }

    /// <summary>
    /// Becomes another user for good, on all threads, and drops everything but some capabilities. For a process of root's, once
    /// its privileged sockets are open.
    /// </summary>
    /// <param name="account">Whose user and group to take; supplementary groups are given up.</param>
    /// <param name="kept">CAP_NET_ADMIN, ...</param>
    /// <param name="forked">True in a child of fork(2), which has no finalizer thread.</param>
    /// <exception cref="LibcException">
    /// EPERM without CAP_SETUID; EINVAL where a user namespace does not map the account.
    /// </exception>
    public static void Become(Account account, ReadOnlySpan<int> kept = default, bool forked = false)
    {
        _ = CallerPolicy.IsTrusted;
        string doing = $"becoming user {account.Name}";
        Tmds.Linux.gid_t group = account.Gid;
        Errno.Check(Tmds.Linux.LibC.setgroups(1, &group), doing); // all three act on every thread: the C library sees to it
        Errno.Check(Linux.setresgid(account.Gid, account.Gid, account.Gid), doing);
        if (kept.Length > 0)
        {
            Errno.Check(Linux.prctl(Linux.PR_SET_KEEPCAPS, 1, 0, 0, 0), doing);
        }

        Errno.Check(Linux.setresuid(account.Uid, account.Uid, account.Uid), doing);
        DropAllBut(kept, forked);
        BecomeUndumpable();
    }

    /// <summary>
    /// Keeps other processes of the same user out: no ptrace(2), no pidfd_getfd(2), no core dump. exec(2) undoes it.
    /// </summary>
    /// <remarks>
    /// environment.c does the same before Main where the process has privileges; a change of the user undoes that.
    /// </remarks>
    public static void BecomeUndumpable() =>
        Errno.Check(Linux.prctl(Linux.PR_SET_DUMPABLE, 0, 0, 0, 0), "becoming undumpable");

    /// <summary>The permitted capabilities of a thread of this process, one bit each; 0 when it has none.</summary>
    /// <param name="thread">A thread id, or 0 for the calling thread.</param>
    /// <exception cref="LibcException">There is no such thread: ESRCH.</exception>
    public static ulong Capabilities(int thread = 0)
    {
        __user_cap_header_struct header = new() { version = Linux._LINUX_CAPABILITY_VERSION_3, pid = thread };
        __user_cap_data_struct* data = stackalloc __user_cap_data_struct[Linux._LINUX_CAPABILITY_U32S_3];
        Errno.Check(Linux.capget(&header, data), "reading capabilities");
        return data[0].permitted | (ulong)data[1].permitted << 32;
    }

    // The C library carries these two over to every thread.
    /// <summary>
    /// Becomes the user who started a setuid program; of another program it changes nothing. Call it before a file of the command
    /// line is opened: it is the caller's.
    /// </summary>
    /// <exception cref="LibcException">The user or group could not be changed.</exception>
    public static void DropSetuid()
    {
        _ = CallerPolicy.IsTrusted; // of the caller, not of whom this process becomes
        uint user = Linux.getuid();
        uint group = Linux.getgid();
        if (Linux.getegid() != group)
        {
            Errno.Check(Linux.setresgid(group, group, group), "dropping the setgid group");
        }

        if (Linux.geteuid() != user)
        {
            Errno.Check(Linux.setresuid(user, user, user), "dropping the setuid user");
        }
    }

    private static int DropOnThisThread(ulong keep)
    {
        __user_cap_header_struct header = new() { version = Linux._LINUX_CAPABILITY_VERSION_3 };
        __user_cap_data_struct* sets = stackalloc __user_cap_data_struct[Linux._LINUX_CAPABILITY_U32S_3];
        bool dropped = Linux.prctl(Linux.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && Linux.capget(&header, sets) == 0;
        for (int i = 0; i < Linux._LINUX_CAPABILITY_U32S_3; i++)
        {
            uint kept = sets[i].permitted & (uint)(keep >> (32 * i));
            sets[i] = new() { permitted = kept, effective = kept };
        }

        return dropped && Linux.capset(&header, sets) == 0 ? 0 : -Errno.Last;
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new LibcException("dropping capabilities", -result);
        }
    }

    /// <summary>The threads of this process; empty where /proc is not mounted.</summary>
    private static int[] Threads()
    {
        const string tasks = "/proc/self/task";
        try
        {
            return !Directory.Exists(tasks) ? []
                : [.. Directory.GetDirectories(tasks)
                    .Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LibcException($"reading {tasks}", Errno.Of(e) ?? Tmds.Linux.LibC.EIO);
        }
    }
}
