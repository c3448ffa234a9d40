using System.Text;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Has a program run for each finished file by a helper, a copy of this process that was made before the sandbox and keeps
/// nothing but two pipes: names go one way, each ended by a NUL byte, and at the end a byte comes back. So the capture itself
/// can stay in the sandbox, where no program can be started.
/// </summary>
internal sealed unsafe class FinishedFiles : IDisposable
{
    private const int LastDescriptor = 1023;

    private readonly Descriptor _names;
    private readonly Descriptor _answer;

    private FinishedFiles(Descriptor names, Descriptor answer) => (_names, _answer) = (names, answer);

    /// <summary>What ends a capture, and not the helper: it ends when the capture has.</summary>
    public static ReadOnlySpan<int> Ignored => new int[] { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };

    /// <summary>True when a program did not start, or failed; known after <see cref="Wait"/>.</summary>
    public bool AnyFailed { get; private set; }

    /// <summary>Makes the helper. Before the sandbox and before any thread, as the user who is to run the program.</summary>
    /// <param name="program">The program's name, looked for on the PATH.</param>
    public static FinishedFiles Start(string program)
    {
        int* names = stackalloc int[2];
        int* answer = stackalloc int[2];
        Errno.Check(pipe2(names, O_CLOEXEC), "creating a pipe");
        Errno.Check(pipe2(answer, O_CLOEXEC), "creating a pipe");
        int pid = Errno.Check((int)fork(), "starting a helper");
        if (pid == 0)
        {
            int code = 1;
            try
            {
                code = Serve(program, names[0], answer[1]);
            }
            finally
            {
                _exit(code);
            }
        }

        _ = close(names[0]);
        _ = close(answer[1]);
        return new(new Descriptor(names[1]), new Descriptor(answer[0]));
    }

    /// <summary>Has the program started for a file.</summary>
    public void Add(string file)
    {
        byte[] name = Encoding.UTF8.GetBytes(file + '\0');
        fixed (byte* first = name)
        {
            for (int done = 0; done < name.Length;)
            {
                nint written = (nint)write(_names.Value, first + done, name.Length - done);
                if (written < 0 && Errno.Last == EINTR)
                {
                    continue;
                }

                if (written < 0)
                {
                    throw new LibcException("handing a finished file to the helper", Errno.Last);
                }

                done += (int)written;
            }
        }
    }

    /// <summary>Waits until all programs that were started have ended.</summary>
    public void Wait()
    {
        _names.Dispose();
        byte failed = 1; // a helper that was killed says nothing
        while (read(_answer.Value, &failed, 1) < 0 && Errno.Last == EINTR)
        {
        }

        AnyFailed = failed != 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _names.Dispose();
        _answer.Dispose();
    }

    // The helper. Its descriptors are its own: the packet sockets and files of the capture are closed here.
    private static int Serve(string program, int names, int answer)
    {
        for (int fd = 3; fd <= LastDescriptor; fd++)
        {
            if (fd != names && fd != answer)
            {
                _ = close(fd);
            }
        }

        Privileges.DropAll(forked: true);
        foreach (int number in Ignored)
        {
            sigaction ignore = default;
            ignore.sa_handler = SIG_IGN;
            _ = sigaction(number, &ignore, null);
        }

        ProgramStarter programs = new(program);
        List<byte> name = [];
        byte next;
        nint got;
        while ((got = (nint)read(names, &next, 1)) > 0 || (got < 0 && Errno.Last == EINTR))
        {
            if (got > 0 && next != 0)
            {
                name.Add(next);
            }
            else if (got > 0)
            {
                programs.Add(Encoding.UTF8.GetString([.. name]));
                name.Clear();
            }
        }

        programs.Wait();
        byte failed = programs.AnyFailed ? (byte)1 : (byte)0;
        _ = write(answer, &failed, 1);
        return 0;
    }
}
