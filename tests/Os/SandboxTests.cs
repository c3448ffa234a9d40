using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Os;

/// <summary>
/// The filters of the sandbox, run here by an interpreter of their few instructions as the kernel would run them.
/// </summary>
public class SandboxTests
{
    private const uint Allowed = Linux.SECCOMP_RET_ALLOW;
    private const uint Killed = Linux.SECCOMP_RET_KILL_PROCESS;

    private static readonly uint s_architecture = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture
        == System.Runtime.InteropServices.Architecture.Arm64 ? Linux.AUDIT_ARCH_AARCH64 : Linux.AUDIT_ARCH_X86_64;

    [Theory]
    [InlineData(Allowances.None)]
    [InlineData(Allowances.Sockets)]
    [InlineData(Allowances.Files | Allowances.Sockets | Allowances.Forks | Allowances.Rings)]
    public void Lets_the_runtime_work_and_no_other_program_start(Allowances allowances)
    {
        foreach (uint call in (uint[])[SystemCalls.read, SystemCalls.write, SystemCalls.futex, SystemCalls.munmap,
            SystemCalls.exit_group])
        {
            Assert.Equal(Allowed, Ask(allowances, call));
        }

        foreach (uint call in (uint[])[SystemCalls.execve, SystemCalls.execveat, SystemCalls.ptrace, SystemCalls.bpf,
            SystemCalls.mount, SystemCalls.setns])
        {
            Assert.Equal(Killed, Ask(allowances, call));
        }

        Assert.Equal(Error(LibC.EPERM), Ask(allowances, SystemCalls.memfd_create));
        Assert.Equal(Error(LibC.EPERM), Ask(allowances, 0xfff0fff0));
        Assert.Equal(Error(LibC.ENOSYS), Ask(allowances, SystemCalls.clone3));
    }

    [Theory]
    [InlineData(Allowances.Sockets, SystemCalls.connect)]
    [InlineData(Allowances.Files, SystemCalls.renameat)]
    [InlineData(Allowances.Rings, SystemCalls.io_uring_setup)]
    [InlineData(Allowances.Forks, SystemCalls.wait4)]
    public void Lets_through_what_is_allowed_and_only_then(Allowances allowance, uint call)
    {
        Assert.Equal(Allowed, Ask(allowance, call));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, call));
    }

    [Fact]
    public void Opens_the_kind_of_socket_that_tells_names_of_interfaces()
    {
        Assert.Equal(Allowed, Ask(Allowances.None, SystemCalls.socket, (ushort)LibC.AF_INET, 0x80002 /* SOCK_DGRAM */));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, SystemCalls.socket, (ushort)LibC.AF_INET, 1));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, SystemCalls.socket, (ushort)LibC.AF_UNIX, 2));
    }

    [Theory]
    [InlineData(Allowances.Sockets, 2, true)] // AF_INET
    [InlineData(Allowances.Sockets, 10, true)] // AF_INET6
    [InlineData(Allowances.Sockets, 1, false)] // AF_UNIX
    [InlineData(Allowances.Sockets, 16, false)] // AF_NETLINK
    [InlineData(Allowances.Sockets, 17, false)] // AF_PACKET
    [InlineData(Allowances.Sockets, 40, false)] // AF_VSOCK
    [InlineData(Allowances.OtherSockets, 17, true)]
    [InlineData(Allowances.OtherSockets, 40, false)]
    public void Opens_sockets_of_the_families_allowed(Allowances allowances, ulong family, bool allowed) =>
        Assert.Equal(allowed ? Allowed : Error(LibC.EPERM), Ask(allowances, SystemCalls.socket, family, 2, 0));

    [Theory]
    [InlineData(0x5401, true)] // TCGETS
    [InlineData(0x5413, true)] // TIOCGWINSZ
    [InlineData(0x8921, true)] // SIOCGIFMTU
    [InlineData(0x5412, false)] // TIOCSTI
    [InlineData(0x541c, false)] // TIOCLINUX
    [InlineData(0x5423, false)] // TIOCSETD
    [InlineData(0x400454ca, false)] // TUNSETIFF
    [InlineData(0xc0045877, false)] // FIFREEZE
    [InlineData(0, false)]
    public void Types_nothing_into_a_terminal(ulong request, bool allowed) =>
        Assert.All((Allowances[])[Allowances.None, Allowances.Sockets | Allowances.Forks | Allowances.Files],
            allowances => Assert.Equal(allowed ? Allowed : Error(LibC.EPERM), Ask(allowances, SystemCalls.ioctl, 1, request, 0)));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(0xffffffff)]
    [InlineData(0xfffffff0)]
    public void Signals_neither_init_nor_groups(ulong process)
    {
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.Forks, SystemCalls.kill, process, 0));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, SystemCalls.kill, process, 0));
    }

    [Theory]
    [InlineData(3)] // SOCK_RAW
    [InlineData(10)] // SOCK_PACKET
    public void Opens_streams_and_datagrams_alone(ulong type) =>
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.Sockets, SystemCalls.socket, 2, type | 0x80000, 1));

    [Fact]
    public void Signals_threads_of_its_own()
    {
        Assert.Equal(Allowed, Ask(Allowances.None, SystemCalls.tgkill, (ulong)Environment.ProcessId, 1, 15));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, SystemCalls.tgkill, 1, 1, 15));
    }

    [Fact]
    public void Signals_its_children()
    {
        Assert.Equal(Allowed, Ask(Allowances.Forks, SystemCalls.kill, 12345, 15));
    }

    [Fact]
    public void Makes_no_memory_executable()
    {
        Assert.Equal(Allowed, Ask(Allowances.None, SystemCalls.mmap, 0, 4096, (ulong)(LibC.PROT_READ | LibC.PROT_WRITE)));
        Assert.Equal(Error(LibC.EPERM),
            Ask(Allowances.None, SystemCalls.mmap, 0, 4096, (ulong)(LibC.PROT_READ | LibC.PROT_EXEC)));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, SystemCalls.mprotect, 0, 4096, (ulong)LibC.PROT_EXEC));
    }

    [Fact]
    public void Opens_files_for_reading_alone_unless_allowed()
    {
        ulong write = (ulong)(LibC.O_WRONLY | LibC.O_CREAT);
        Assert.Equal(Allowed, Ask(Allowances.None, SystemCalls.openat, 0, 0, (ulong)LibC.O_CLOEXEC));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, SystemCalls.openat, 0, 0, write));
        Assert.Equal(Allowed, Ask(Allowances.Files, SystemCalls.openat, 0, 0, write));
    }

    [Fact]
    public void Makes_threads_and_no_processes_unless_allowed()
    {
        Assert.Equal(Allowed, Ask(Allowances.None, SystemCalls.clone, (ulong)(LibC.CLONE_VM | LibC.CLONE_THREAD)));
        Assert.Equal(Error(LibC.EPERM), Ask(Allowances.None, SystemCalls.clone, (ulong)LibC.SIGCHLD));
        Assert.Equal(Allowed, Ask(Allowances.Forks, SystemCalls.clone, (ulong)LibC.SIGCHLD));
    }

    [Fact]
    public void Ends_a_program_that_calls_as_another_architecture()
    {
        Assert.Equal(Killed, Run(Sandbox.Filter(Allowances.None).Program, 0, architecture: 0x40000003 /* i386 */, []));
    }

    private static uint Error(int errno) => Linux.SECCOMP_RET_ERRNO | (uint)errno;

    private static uint Ask(Allowances allowances, uint call, params ulong[] arguments) =>
        Run(Sandbox.Filter(allowances).Program, SystemCalls.Number(call), s_architecture, arguments);

    private static uint Run(sock_filter[] program, uint number, uint architecture, ulong[] arguments)
    {
        uint accumulator = 0;
        for (int i = 0; i < program.Length; i++)
        {
            sock_filter step = program[i];
            switch (step.code)
            {
                case Linux.BPF_LD | Linux.BPF_W | Linux.BPF_ABS:
                    int argument = ((int)step.k - 16) / sizeof(ulong);
                    accumulator = step.k == 0 ? number : step.k == 4 ? architecture
                        : argument < arguments.Length ? (uint)arguments[argument] : 0;
                    break;
                case Linux.BPF_ALU | Linux.BPF_AND | Linux.BPF_K:
                    accumulator &= step.k;
                    break;
                case Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K:
                    i += accumulator == step.k ? step.jt : step.jf;
                    break;
                case Linux.BPF_RET | Linux.BPF_K:
                    return step.k;
                default:
                    Assert.Fail($"instruction {i} is of no kind that the filters use: {step.code}");
                    break;
            }
        }

        throw new InvalidOperationException("the filter ends without an answer");
    }
}
