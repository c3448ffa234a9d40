using System.Runtime.InteropServices;
using NetTools.Libc;
using Tmds.Linux;

namespace NetTools.Os;

/// <summary>
/// A program for seccomp(2) that lets the system calls on a list through. What is not on it fails with EPERM: a library may
/// try it in good faith and do without; what only an intruder would call, or a call of another architecture, ends the process
/// with SIGSYS.
/// </summary>
/// <remarks>
/// The calls asked first are compared first; from Linux 5.11 on the kernel remembers which are always allowed and does not ask
/// again.
/// </remarks>
public sealed unsafe class SeccompFilter
{
    // Where struct seccomp_data has its fields; the six arguments have eight bytes each.
    private const int NumberOffset = 0;
    private const int ArchitectureOffset = 4;
    private const int ArgumentsOffset = 16;
    private const uint Denied = Linux.SECCOMP_RET_ERRNO | 1; // EPERM, asm-generic/errno-base.h

    private readonly List<sock_filter> _program = [];

    /// <summary>A filter that so far lets nothing through.</summary>
    public SeccompFilter()
    {
        bool arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        Load(ArchitectureOffset);
        _program.Add(Linux.BpfJump(Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K, arm ? Linux.AUDIT_ARCH_AARCH64
            : Linux.AUDIT_ARCH_X86_64, 1, 0));
        Return(Linux.SECCOMP_RET_KILL_PROCESS);
        Load(NumberOffset);
    }

    /// <summary>The instructions so far, with the answer to all other calls at the end.</summary>
    public sock_filter[] Program => [.. _program, Linux.BpfStatement(Linux.BPF_RET | Linux.BPF_K, Denied)];

    /// <summary>Lets calls through.</summary>
    /// <param name="calls">Constants of <see cref="SystemCalls"/>; one that this architecture lacks is passed over.</param>
    public SeccompFilter Allow(params ReadOnlySpan<uint> calls)
    {
        foreach (uint call in calls)
        {
            Answer(call, Linux.SECCOMP_RET_ALLOW);
        }

        return this;
    }

    /// <summary>Ends the process that makes one of these calls.</summary>
    /// <inheritdoc cref="Allow"/>
    public SeccompFilter Kill(params ReadOnlySpan<uint> calls)
    {
        foreach (uint call in calls)
        {
            Answer(call, Linux.SECCOMP_RET_KILL_PROCESS);
        }

        return this;
    }

    /// <summary>Makes calls fail.</summary>
    /// <param name="errno">With which error; ENOSYS has the C library try an older call instead.</param>
    /// <param name="calls">Constants of <see cref="SystemCalls"/>.</param>
    public SeccompFilter Fail(int errno, params ReadOnlySpan<uint> calls)
    {
        foreach (uint call in calls)
        {
            Answer(call, Linux.SECCOMP_RET_ERRNO | (uint)errno);
        }

        return this;
    }

    /// <summary>Lets a call through when some bits of an argument have some value; else it fails with EPERM.</summary>
    /// <param name="call">A constant of <see cref="SystemCalls"/>.</param>
    /// <param name="argument">Which argument, from 0; its lower 32 bits are looked at.</param>
    /// <param name="mask">The bits that count.</param>
    /// <param name="value">What they must be.</param>
    public SeccompFilter AllowWhen(uint call, int argument, uint mask, uint value)
    {
        uint number = SystemCalls.Number(call);
        if (number != SystemCalls.Missing)
        {
            _program.Add(Linux.BpfJump(Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K, number, 0, 5));
            Load(ArgumentsOffset + (argument * sizeof(ulong))); // both architectures are little-endian
            _program.Add(Linux.BpfStatement(Linux.BPF_ALU | Linux.BPF_AND | Linux.BPF_K, mask));
            _program.Add(Linux.BpfJump(Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K, value, 0, 1));
            Return(Linux.SECCOMP_RET_ALLOW);
            Return(Denied);
        }

        return this;
    }

    /// <summary>Lets a call through when an argument has one of some values; else it fails with EPERM.</summary>
    /// <param name="call">A constant of <see cref="SystemCalls"/>.</param>
    /// <param name="argument">Which argument, from 0; its lower 32 bits are looked at.</param>
    /// <param name="values">At most 100.</param>
    public SeccompFilter AllowOnly(uint call, int argument, params ReadOnlySpan<uint> values)
    {
        uint number = SystemCalls.Number(call);
        if (number != SystemCalls.Missing)
        {
            BeginArgument(number, argument, (byte)((2 * values.Length) + 2));
            foreach (uint value in values)
            {
                AnswerEqual(value, Linux.SECCOMP_RET_ALLOW);
            }

            Return(Denied);
        }

        return this;
    }

    /// <summary>
    /// Lets a call through when one argument has one of some values, and some bits of another one of others; else it fails with
    /// EPERM.
    /// </summary>
    /// <param name="call">A constant of <see cref="SystemCalls"/>.</param>
    /// <param name="first">Which argument, from 0; its lower 32 bits are looked at.</param>
    /// <param name="firstValues">At most 50.</param>
    /// <param name="second">Which other argument.</param>
    /// <param name="mask">The bits of it that count.</param>
    /// <param name="secondValues">At most 50.</param>
    public SeccompFilter AllowOnlyBoth(uint call, int first, ReadOnlySpan<uint> firstValues, int second, uint mask,
        ReadOnlySpan<uint> secondValues)
    {
        uint number = SystemCalls.Number(call);
        if (number != SystemCalls.Missing)
        {
            BeginArgument(number, first, (byte)(firstValues.Length + (2 * secondValues.Length) + 5));
            for (int i = 0; i < firstValues.Length; i++)
            {
                _program.Add(Linux.BpfJump(Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K, firstValues[i],
                    (byte)(firstValues.Length - i), 0)); // behind the refusal
            }

            Return(Denied);
            Load(ArgumentsOffset + (second * sizeof(ulong)));
            _program.Add(Linux.BpfStatement(Linux.BPF_ALU | Linux.BPF_AND | Linux.BPF_K, mask));
            foreach (uint value in secondValues)
            {
                AnswerEqual(value, Linux.SECCOMP_RET_ALLOW);
            }

            Return(Denied);
        }

        return this;
    }

    /// <summary>Makes a call fail when an argument has one of some values; else the next rule decides.</summary>
    /// <param name="errno">With which error.</param>
    /// <param name="call">A constant of <see cref="SystemCalls"/>.</param>
    /// <param name="argument">Which argument, from 0; its lower 32 bits are looked at.</param>
    /// <param name="values">At most 100.</param>
    public SeccompFilter FailWhen(int errno, uint call, int argument, params ReadOnlySpan<uint> values)
    {
        uint number = SystemCalls.Number(call);
        if (number != SystemCalls.Missing)
        {
            BeginArgument(number, argument, (byte)((2 * values.Length) + 2));
            foreach (uint value in values)
            {
                AnswerEqual(value, Linux.SECCOMP_RET_ERRNO | (uint)errno);
            }

            Load(NumberOffset);
        }

        return this;
    }

    /// <summary>
    /// Puts the filter on every thread of this process, and with it no_new_privs, without which an ordinary user may not. It
    /// stays for good, and children inherit it.
    /// </summary>
    /// <returns>False where the kernel has no seccomp.</returns>
    /// <exception cref="LibcException">The kernel refuses.</exception>
    public bool Install()
    {
        Errno.Check(Linux.prctl(Linux.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "giving up new privileges");
        sock_filter[] program = Program;
        fixed (sock_filter* first = program)
        {
            sock_fprog filter = new() { len = (ushort)program.Length, filter = first };
            long result = Linux.SystemCall(
                Linux.SYS_seccomp, false, Linux.SECCOMP_SET_MODE_FILTER, Linux.SECCOMP_FILTER_FLAG_TSYNC, (long)&filter);
            if (result < 0 && Errno.Last is int errno && (errno == LibC.ENOSYS || errno == LibC.EINVAL))
            {
                return false;
            }

            // Above zero: the number of a thread that could not be brought in line.
            Errno.Check(result, "restricting system calls");
            return result == 0 ? true : throw new OperationFailedException(
                $"restricting system calls: thread {result} has a filter of its own");
        }
    }

    private void Answer(uint call, uint action)
    {
        uint number = SystemCalls.Number(call);
        if (number != SystemCalls.Missing)
        {
            _program.Add(Linux.BpfJump(Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K, number, 0, 1));
            Return(action);
        }
    }

    // Skips length instructions for another call; both architectures are little-endian.
    private void BeginArgument(uint number, int argument, byte length)
    {
        _program.Add(Linux.BpfJump(Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K, number, 0, length));
        Load(ArgumentsOffset + (argument * sizeof(ulong)));
    }

    private void AnswerEqual(uint value, uint action)
    {
        _program.Add(Linux.BpfJump(Linux.BPF_JMP | Linux.BPF_JEQ | Linux.BPF_K, value, 0, 1));
        Return(action);
    }

    private void Load(int offset) => _program.Add(Linux.BpfStatement(Linux.BPF_LD | Linux.BPF_W | Linux.BPF_ABS, (uint)offset));

    private void Return(uint action) => _program.Add(Linux.BpfStatement(Linux.BPF_RET | Linux.BPF_K, action));
}
