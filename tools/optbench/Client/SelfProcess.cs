using System.Runtime.InteropServices.Marshalling;
using System.Text;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Client;

/// <summary>
/// This program again, as a child that prints a first line when it is ready. It dies with its parent, or when it is disposed of.
/// </summary>
internal sealed unsafe class SelfProcess : IDisposable
{
    private const string Self = "/proc/self/exe";
    private const int LineBytes = 4096;

    private readonly int _pid;

    private SelfProcess(int pid, string firstLine)
    {
        _pid = pid;
        FirstLine = firstLine;
    }

    /// <summary>What it said when it was ready.</summary>
    public string FirstLine { get; }

    /// <summary>Starts it and waits for its first line. On a thread of managed code that will not end before the child.</summary>
    /// <param name="words">The command line, the tool's name first.</param>
    /// <param name="environment">One variable, <c>NAME=value</c>; the child gets no other.</param>
    /// <param name="networkNamespace">A descriptor of the network namespace to run in, or -1 for ours.</param>
    /// <param name="kept">Descriptors that the child is to have too, by the same numbers.</param>
    /// <exception cref="OperationFailedException">The child could not start; it has said why on standard error.</exception>
    public static SelfProcess Start(string[] words, string environment, int networkNamespace = -1, params int[] kept)
    {
        int* pipe = stackalloc int[2];
        Errno.Check(pipe2(pipe, O_CLOEXEC), "creating a pipe");
        using Descriptor output = new(pipe[0]);
        int pid;
        using (Descriptor input = new(pipe[1]))
        {
            pid = Spawn(words, environment, input.Value, networkNamespace, kept);
        }

        string? line = ReadLine(output.Value);
        if (line is null)
        {
            End(pid);
            throw new OperationFailedException($"'{string.Join(' ', words)}' did not start");
        }

        return new SelfProcess(pid, line);
    }

    /// <summary>Holds it where it is: it answers nothing more.</summary>
    public void Freeze() => Errno.Check(kill(_pid, SIGSTOP), "stopping a child");

    /// <inheritdoc/>
    public void Dispose() => End(_pid);

    private static int Spawn(string[] words, string environment, int output, int networkNamespace, int[] kept)
    {
        byte** argv = stackalloc byte*[words.Length + 1];
        for (int i = 0; i < words.Length; i++)
        {
            argv[i] = Utf8StringMarshaller.ConvertToUnmanaged(words[i]);
        }

        byte** envp = stackalloc byte*[2];
        envp[0] = Utf8StringMarshaller.ConvertToUnmanaged(environment);
        argv[words.Length] = envp[1] = null;
        byte* path = Utf8StringMarshaller.ConvertToUnmanaged(Self);

        int* open = stackalloc int[kept.Length + 1];
        int count = kept.Length;
        kept.CopyTo(new Span<int>(open, count));

        int pid = fork();
        if (pid == 0)
        {
            // Only system calls from here to execve: the managed heap of a forked process is nobody's.
            Linux.prctl(Linux.PR_SET_PDEATHSIG, (nuint)SIGKILL, 0, 0, 0);
            setpgid(0, 0); // Ctrl-C on the terminal is for the parent, which ends this process in its own time
            dup2(output, 1);
            for (int i = 0; i < count; i++)
            {
                fcntl(open[i], F_SETFD, 0);
            }

            if (networkNamespace < 0 || setns(networkNamespace, CLONE_NEWNET) == 0)
            {
                execve(path, argv, envp);
                execve((byte*)Linux.getauxval(Linux.AT_EXECFN), argv, envp); // there is no /proc
            }

            _exit(127);
        }

        int errno = Errno.Last;
        for (int i = 0; i < words.Length; i++)
        {
            Utf8StringMarshaller.Free(argv[i]);
        }

        Utf8StringMarshaller.Free(envp[0]);
        Utf8StringMarshaller.Free(path);
        return pid > 0 ? pid : throw new LibcException($"starting '{words[0]}'", errno);
    }

    private static string? ReadLine(int pipe)
    {
        byte* line = stackalloc byte[LineBytes];
        int used = 0;
        while (used < LineBytes)
        {
            nint got = (nint)read(pipe, line + used, LineBytes - used);
            if (got == 0 || (got < 0 && Errno.Last != EINTR))
            {
                return null;
            }

            used += (int)Math.Max(got, 0);
            int end = new ReadOnlySpan<byte>(line, used).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return Encoding.UTF8.GetString(line, end);
            }
        }

        return null;
    }

    private static void End(int pid)
    {
        ChildSignal.Send(pid, SIGKILL); // it holds nothing that must be put in order
        int status;
        while (Linux.waitpid(pid, &status, 0) < 0 && Errno.Last == EINTR)
        {
        }
    }
}
