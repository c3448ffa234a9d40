using NetTools.Libc;
using static NetTools.Os.SystemCalls;
using LibC = Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>What a sandboxed program may still do besides computing, waiting, and using the descriptors that are open.</summary>
[Flags]
public enum Allowances
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>Opening, making and renaming files.</summary>
    Files = 1,

    /// <summary>Opening IPv4 and IPv6 sockets; what is done with open ones needs no allowance.</summary>
    Sockets = 2,

    /// <summary>io_uring(7), whose work no filter sees: with it a program may do all that a ring can.</summary>
    Rings = 4,

    /// <summary>Copies of this process by fork(2), to wait for them and to end them; not other programs.</summary>
    Forks = 8,

    /// <summary>Programs, in network namespaces of their own, which get the same filter and may add one of theirs.</summary>
    Programs = 16,

    /// <summary>Removing files: a program that leaves none behind, such as a pid file.</summary>
    Removals = 32,

    /// <summary>Opening sockets of any family: local, packet, netlink ones too.</summary>
    OtherSockets = 64,

    /// <summary>Local stream and datagram sockets and pairs of them, besides those of <see cref="Sockets"/>.</summary>
    LocalSockets = 256,

    /// <summary>Signals to children that were made before the sandbox, which is not theirs.</summary>
    EarlierChildren = 128,
}

/// <summary>
/// The system calls a tool keeps after its setup, by seccomp(2): what its code and the .NET runtime need. Other calls fail with
/// EPERM; those that only an intruder makes (another program, a look into another process, a kernel module) end the process. No
/// memory can be made executable any more.
/// </summary>
public static class Sandbox
{
    // In the order of their frequency in the tools' loops.
    private static ReadOnlySpan<uint> Loops =>
    [
        epoll_wait, epoll_pwait, epoll_pwait2, read, write, poll, ppoll, futex, clock_gettime, epoll_ctl, close, timerfd_settime,
        recvfrom, sendto, recvmsg, sendmsg, recvmmsg, sendmmsg, accept4,
    ];

    private static ReadOnlySpan<uint> Runtime =>
    [
        readv, writev, munmap, madvise, mremap, brk, mlock,
        sched_yield, sched_getaffinity, sched_setaffinity, get_mempolicy, getcpu, membarrier, rseq, set_robust_list,
        set_tid_address,
        gettid, getpid, getppid, exit, exit_group, restart_syscall,
        rt_sigaction, rt_sigprocmask, rt_sigreturn, sigaltstack, rt_sigtimedwait,
        clock_nanosleep, clock_getres, nanosleep, gettimeofday, time, getrusage, times, sysinfo, uname, getrandom, prlimit64,
        getrlimit,
        fcntl, lseek, fstat, newfstatat, stat, lstat, SystemCalls.statx, fstatfs, ftruncate, fsync, fdatasync, pread64,
        pwrite64,
        SystemCalls.flock,
        dup, dup2, dup3, pipe, pipe2, eventfd2, signalfd4, timerfd_create, timerfd_gettime, epoll_create1, select, pselect6,
        getuid, geteuid, getgid, getegid, capget, capset,
        getsockopt, setsockopt, getsockname, getpeername, shutdown, sendfile, splice, setrlimit, getpriority, setpriority,
        access, faccessat, faccessat2, readlink, readlinkat, getdents64, getcwd, statfs,
    ];

    private static ReadOnlySpan<uint> FileCalls =>
    [
        openat, open, fallocate, rename, renameat, renameat2, unlink, unlinkat, mkdir, mkdirat, fchmod, fchown, umask,
    ];

    private static ReadOnlySpan<uint> SocketCalls => [bind, connect, listen, accept];

    private static ReadOnlySpan<uint> ForkCalls => [fork, vfork, clone, wait4, waitid, prctl];

    /// <summary>
    /// Requests of ioctl(2) that the tools, the C library and the runtime make: settings and size of a terminal, what is queued
    /// on a descriptor, and questions about interfaces. Not among them is what acts on other programs: TIOCSTI types for the
    /// user of a terminal, TIOCLINUX pastes, TIOCSETD takes it over.
    /// </summary>
    private static ReadOnlySpan<uint> Requests =>
    [
        0x5401, 0x5402, 0x5403, 0x5404, 0x5413, 0x540f, // TCGETS, TCSETS, TCSETSW, TCSETSF, TIOCGWINSZ, TIOCGPGRP
        0x5411, 0x541b, 0x5421, 0x5450, 0x5451, 0x894b, // SIOCOUTQ, SIOCINQ, FIONBIO, FIONCLEX, FIOCLEX, SIOCOUTQNSD
        0x8910, 0x8912, 0x8913, 0x8915, 0x8919, 0x891b, // SIOCGIFNAME, -CONF, -FLAGS, -ADDR, -BRDADDR, -NETMASK
        0x8921, 0x8927, 0x8933, 0x8946, 0x89b1, // SIOCGIFMTU, -HWADDR, -INDEX, SIOCETHTOOL, SIOCGHWTSTAMP
    ];

    /// <summary>What a program that makes networks asks besides: TUNSETIFF, TUNSETOFFLOAD, SIOCSIFFLAGS.</summary>
    private static ReadOnlySpan<uint> NetworkRequests => [0x400454ca, 0x400454d0, 0x8914];

    private const uint SocketType = 0xf; // without SOCK_CLOEXEC and SOCK_NONBLOCK

    // What a program needs to begin is among them.
    private static ReadOnlySpan<uint> ProgramCalls => [execve, setns, unshare, arch_prctl, seccomp];

    /// <summary>Calls that none of the tools makes in any other mode, and no library in good faith.</summary>
    private static ReadOnlySpan<uint> Hostile =>
    [
        execve, execveat, ptrace, process_vm_readv, process_vm_writev, bpf, init_module, finit_module, kexec_load, keyctl,
        add_key,
        userfaultfd, perf_event_open, mount, umount2, pivot_root, chroot, setns, personality,
    ];

    private static readonly List<string> s_named = [];
    private static readonly List<string> s_also = [];
    private static bool s_required;
    private static Action<string>? s_warn;

    /// <summary>What the user asked for, and the files the program may open in the sandbox.</summary>
    /// <param name="required">A kernel without seccomp is an error: <c>--require-sandbox</c>.</param>
    /// <param name="warn">Where a warning goes.</param>
    /// <param name="named">The words and values of the command line: those that are files may be read.</param>
    public static void Configure(bool required, Action<string> warn, IEnumerable<string> named)
    {
        (s_required, s_warn) = (required, warn);
        s_named.AddRange(named);
    }

    /// <summary>Files that the program reads in the sandbox, and that the command line does not name.</summary>
    public static void AlsoRead(IEnumerable<string> files) => s_also.AddRange(files);

    /// <summary>
    /// Restricts every thread of the process for good, its files by <see cref="Landlock"/> where the kernel has it. Call it at
    /// the end of the setup. A kernel without seccomp leaves the program as it is, with a warning.
    /// </summary>
    /// <param name="allowances">What is still needed.</param>
    /// <param name="off">Whether the user asked for <c>--no-sandbox</c>.</param>
    /// <exception cref="OperationFailedException">
    /// The user asked for no sandbox of a program that has more privileges than he; or for one in any case, and there is none; or
    /// the kernel refuses.
    /// </exception>
    public static void Enter(Allowances allowances, bool off = false)
    {
        if (RootFiles.IsActive)
        {
            RootFiles.Seal(s_also, off);
            allowances &= ~(Allowances.Files | Allowances.Removals); // it opens and removes them for us
        }

        Restrict(allowances, off, forked: false);
    }

    /// <summary>The same in a child of fork(2), which has no finalizer thread; it warns of nothing.</summary>
    /// <inheritdoc cref="Enter(Allowances, bool)"/>
    public static void EnterForked(Allowances allowances, bool off)
    {
        (s_required, s_warn) = (false, null);
        Restrict(allowances, off, forked: true);
    }

    private static void Restrict(Allowances allowances, bool off, bool forked)
    {
        if (!off)
        {
            RestrictFiles(allowances, forked);
            if (!Filter(allowances).Install())
            {
                const string none = "no sandbox: this kernel has no seccomp(2)";
                if (s_required)
                {
                    throw new OperationFailedException(none);
                }

                s_warn?.Invoke(none);
                s_warn = null;
            }
        }
        else
        {
            if (s_required)
            {
                throw new OperationFailedException("--no-sandbox and --require-sandbox exclude each other");
            }

            CallerPolicy.Require(TrustedAct.NoSandbox, "--no-sandbox");
        }
    }

    /// <summary>The filter for some allowances.</summary>
    public static SeccompFilter Filter(Allowances allowances)
    {
        uint mayWrite = (uint)(LibC.O_WRONLY | LibC.O_RDWR | LibC.O_CREAT | LibC.O_TRUNC);
        SeccompFilter filter = new();
        if (allowances.HasFlag(Allowances.Rings))
        {
            filter.Allow(io_uring_enter, io_uring_setup, io_uring_register);
        }

        filter.Allow(Loops).Allow(Runtime);
        AllowSockets(filter, allowances);
        filter.AllowOnly(ioctl, 1, [.. Requests, .. allowances.HasFlag(Allowances.Programs) ? NetworkRequests : []]);
        if (allowances.HasFlag(Allowances.Files))
        {
            filter.Allow(FileCalls);
        }
        else
        {
            // hosts(5), resolv.conf(5), localtime(5), /proc
            filter.AllowWhen(openat, 2, mayWrite, 0).AllowWhen(open, 1, mayWrite, 0);
        }

        if (allowances.HasFlag(Allowances.Removals))
        {
            filter.Allow(unlink, unlinkat);
        }

        if (allowances.HasFlag(Allowances.Forks))
        {
            // Neither init nor groups of processes; the kernel sees to it that others are this user's.
            filter.FailWhen(LibC.EPERM, kill, 0, 0, 1).AllowWhen(kill, 0, 1u << 31, 0).Allow(ForkCalls).Allow(tgkill);
        }
        else
        {
            // The runtime stops threads of its own.
            filter.AllowOnly(tgkill, 0, (uint)Environment.ProcessId)
                .AllowWhen(clone, 0, (uint)LibC.CLONE_THREAD, (uint)LibC.CLONE_THREAD)
                .AllowWhen(prctl, 0, uint.MaxValue, Linux.PR_SET_NAME);
        }

        if (allowances.HasFlag(Allowances.Programs))
        {
            filter.Allow(ProgramCalls); // before they are forbidden below: the first answer counts
        }

        // clone3's arguments are out of a filter's sight; without it the C library calls clone.
        return filter.Fail(LibC.ENOSYS, clone3)
            .AllowWhen(unshare, 0, uint.MaxValue, (uint)LibC.CLONE_FILES)
            .AllowWhen(mmap, 2, (uint)LibC.PROT_EXEC, 0)
            .AllowWhen(mprotect, 2, (uint)LibC.PROT_EXEC, 0)
            .Kill(Hostile);
    }

    // Landlock acts on the calling thread. Where the kernel lacks it, the filter is all there is.
    private static void RestrictFiles(Allowances allowances, bool forked)
    {
        string[] named = [.. s_named.Concat(s_also).Select(word => word.TrimStart('@')).Where(word => word.Length > 0)];
        bool writes = allowances.HasFlag(Allowances.Files);
        string[] folders = !writes && !allowances.HasFlag(Allowances.Removals) ? []
            : [.. named.Where(word => writes ? !char.IsAsciiDigit(word[0]) || word.Contains('/') : File.Exists(word))
                .Select(FolderOf).OfType<string>().Distinct()];
        // Both act on one thread alone, and without the first the second is for CAP_SYS_ADMIN. Each thread makes a set of rules:
        // one that has unshared its descriptors has none that the other could use.
        int Restrict() => Linux.prctl(Linux.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ? -Errno.Last
            : Landlock.Restrict(named, folders, !allowances.HasFlag(Allowances.EarlierChildren),
                allowances.HasFlag(Allowances.Programs));
        int result = Restrict();
        result = result != 0 || forked ? result : FinalizerThread.Run(Restrict) ?? throw new OperationFailedException(
            "restricting files: the finalizer thread does not answer");
        if (result != 0 && result != -LibC.ENOSYS)
        {
            throw new LibcException("restricting files", -result);
        }
    }

    /// <summary>Null where the working folder has been removed, or cannot be named: nothing can be made in it.</summary>
    private static string? FolderOf(string file)
    {
        try
        {
            return Path.GetDirectoryName(Path.GetFullPath(file)) ?? "/";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static void AllowSockets(SeccompFilter filter, Allowances allowances)
    {
        if (allowances.HasFlag(Allowances.OtherSockets))
        {
            filter.AllowOnly(socket, 0, (ushort)LibC.AF_UNIX, (ushort)LibC.AF_INET, (ushort)LibC.AF_INET6,
                (ushort)LibC.AF_NETLINK, (ushort)LibC.AF_PACKET).Allow(socketpair).Allow(SocketCalls);
        }
        else if (allowances.HasFlag(Allowances.Sockets))
        {
            uint[] families = [(ushort)LibC.AF_INET, (ushort)LibC.AF_INET6,
                .. allowances.HasFlag(Allowances.LocalSockets) ? [(uint)(ushort)LibC.AF_UNIX] : Array.Empty<uint>()];
            filter.AllowOnlyBoth(socket, 0, families, 1, SocketType,
                [(uint)LibC.SOCK_STREAM, (uint)LibC.SOCK_DGRAM]).Allow(SocketCalls);
            if (allowances.HasFlag(Allowances.LocalSockets))
            {
                filter.Allow(socketpair);
            }
        }
        else
        {
            // if_indextoname(3) asks through one; it cannot be bound or connected.
            filter.AllowOnlyBoth(socket, 0, [(ushort)LibC.AF_INET], 1, SocketType, [(uint)LibC.SOCK_DGRAM]);
        }
    }
}
