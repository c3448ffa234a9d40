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
        gettid, getpid, getppid, tgkill, exit, exit_group, restart_syscall,
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
    /// Requests of ioctl(2) that act on other programs of a terminal: TIOCSTI types for its user, TIOCLINUX pastes, TIOCSETD and
    /// TIOCSCTTY take it over.
    /// </summary>
    private static ReadOnlySpan<uint> TakingTerminals => [0x5412, 0x541c, 0x5423, 0x540e];

    // What a program needs to begin is among them.
    private static ReadOnlySpan<uint> ProgramCalls => [execve, setns, unshare, arch_prctl, seccomp];

    /// <summary>Calls that none of the tools makes in any other mode, and no library in good faith.</summary>
    private static ReadOnlySpan<uint> Hostile =>
    [
        execve, execveat, ptrace, process_vm_readv, process_vm_writev, bpf, init_module, finit_module, kexec_load, keyctl,
        add_key,
        userfaultfd, perf_event_open, mount, umount2, pivot_root, chroot, setns, personality,
    ];

    /// <summary>
    /// Restricts every thread of the process for good. Call it at the end of the setup; a kernel without seccomp leaves the
    /// program as it is.
    /// </summary>
    /// <param name="allowances">What is still needed.</param>
    /// <param name="off">Whether the user asked for <c>--no-sandbox</c>.</param>
    /// <exception cref="OperationFailedException">
    /// The user asked for no sandbox of a program that has more privileges than he; or the kernel refuses.
    /// </exception>
    public static void Enter(Allowances allowances, bool off = false)
    {
        if (!off)
        {
            _ = Filter(allowances).Install();
        }
        else
        {
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
        filter.FailWhen(LibC.EPERM, ioctl, 1, TakingTerminals).Allow(ioctl);
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
            filter.FailWhen(LibC.EPERM, kill, 0, 0, 1).AllowWhen(kill, 0, 1u << 31, 0).Allow(ForkCalls);
        }
        else
        {
            filter.AllowWhen(clone, 0, (uint)LibC.CLONE_THREAD, (uint)LibC.CLONE_THREAD)
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

    private static void AllowSockets(SeccompFilter filter, Allowances allowances)
    {
        if (allowances.HasFlag(Allowances.OtherSockets))
        {
            filter.Allow(socket, socketpair).Allow(SocketCalls);
        }
        else if (allowances.HasFlag(Allowances.Sockets))
        {
            filter.AllowOnly(socket, 0, (ushort)LibC.AF_INET, (ushort)LibC.AF_INET6).Allow(SocketCalls);
        }
        else
        {
            // if_indextoname(3) asks through one; it cannot be bound or connected.
            filter.AllowOnly(socket, 0, (ushort)LibC.AF_UNIX);
        }
    }
}
