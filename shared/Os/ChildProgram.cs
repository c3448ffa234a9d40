using System.Collections;
using System.Runtime.InteropServices.Marshalling;
using System.Text;
using NetTools.Libc;
using Tmds.Linux;
using static NetTools.Libc.Linux;

namespace NetTools.Os;

/// <summary>
/// A program that is examined, in a process group of its own, with nothing on standard input. It writes to a pseudo-terminal,
/// so that what it prints comes line by line in every language, even when a signal ends it. It starts in the namespaces of the
/// thread that starts it.
/// </summary>
public sealed unsafe class ChildProgram : IDisposable
{
    private const int TIOCSPTLCK = 0x4004_5431;
    private const int TIOCGPTN = unchecked((int)0x8004_5430);

    /// <summary>Most bytes that are kept of what it prints; what comes after them is read and dropped.</summary>
    private const int MostText = 4 << 20;

    private readonly Descriptor _terminal;
    private readonly StringBuilder _text = new();
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private int? _status;

    private ChildProgram(Descriptor terminal, int pid)
    {
        _terminal = terminal;
        Pid = pid;
    }

    /// <summary>Its process number, and that of its group.</summary>
    public int Pid { get; }

    /// <summary>Readable when it has printed something, and when it has closed its output.</summary>
    public int FileDescriptor => _terminal.Value;

    /// <summary>What it has printed so far, to standard output and standard error.</summary>
    public string Text => _text.ToString();

    /// <summary>True while what it prints is kept; else it is read and dropped.</summary>
    public bool Keep { get; set; } = true;

    /// <summary>A descriptor that what it prints goes to instead of <see cref="Text"/>; -1 for none.</summary>
    public int Forward { get; set; } = -1;

    /// <summary>How it ended, as a shell says it; null while it runs.</summary>
    public int? ExitStatus
    {
        get
        {
            int status;
            if (_status is null && waitpid(Pid, &status, WNOHANG) == Pid)
            {
                _status = Linux.ExitStatus(status);
            }

            return _status;
        }
    }

    /// <summary>Starts a program, which is looked for on the PATH.</summary>
    /// <param name="command">Its name and its arguments.</param>
    /// <exception cref="LibcException">
    /// There is no such program (ENOENT), it may not run, or no terminal is to be had.
    /// </exception>
    public static ChildProgram Start(IReadOnlyList<string> command)
    {
        using Descriptor nothing = OpenFile("/dev/null", LibC.O_RDONLY);
        Descriptor terminal = OpenFile("/dev/ptmx", LibC.O_RDWR | LibC.O_NONBLOCK);
        int unlocked = 0;
        int number = 0;
        Errno.Check(LibC.ioctl(terminal.Value, TIOCSPTLCK, &unlocked), "unlocking a pseudo-terminal");
        Errno.Check(LibC.ioctl(terminal.Value, unchecked((int)TIOCGPTN), &number), "naming a pseudo-terminal");
        using Descriptor slave = OpenFile($"/dev/pts/{number}", LibC.O_RDWR);
        using NativeStrings arguments = new(command);
        using NativeStrings environment =
            new(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(one => $"{one.Key}={one.Value}"));
        posix_spawn_file_actions_t files;
        posix_spawnattr_t attributes;
        _ = posix_spawn_file_actions_init(&files);
        _ = posix_spawn_file_actions_adddup2(&files, nothing.Value, 0);
        _ = posix_spawn_file_actions_adddup2(&files, slave.Value, 1);
        _ = posix_spawn_file_actions_adddup2(&files, slave.Value, 2);
        _ = posix_spawnattr_init(&attributes);
        sigset_t signals;
        _ = LibC.sigemptyset(&signals);
        _ = posix_spawnattr_setsigmask(&attributes, &signals);
        // The runtime ignores SIGPIPE, and who started us may ignore others: a program from a shell does not.
        foreach (int signal in (ReadOnlySpan<int>)[LibC.SIGPIPE, LibC.SIGINT, LibC.SIGQUIT, LibC.SIGTERM, LibC.SIGHUP])
        {
            _ = LibC.sigaddset(&signals, signal);
        }

        _ = posix_spawnattr_setsigdefault(&attributes, &signals);
        _ = posix_spawnattr_setpgroup(&attributes, 0);
        _ = posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
        int pid;
        int errno = posix_spawnp(&pid, arguments.Pointers[0], &files, &attributes, arguments.Pointers, environment.Pointers);
        _ = posix_spawnattr_destroy(&attributes);
        _ = posix_spawn_file_actions_destroy(&files);
        if (errno != 0)
        {
            terminal.Dispose();
            throw new LibcException($"starting {command[0]}", errno);
        }

        return new ChildProgram(terminal, pid);
    }

    /// <summary>Reads what it has printed.</summary>
    /// <returns>True when there was something.</returns>
    public bool Read()
    {
        byte* bytes = stackalloc byte[8192];
        Span<char> letters = stackalloc char[8192];
        bool any = false;
        while ((int)(nint)LibC.read(_terminal.Value, bytes, 8192) is int got and > 0)
        {
            any = true;
            if (Forward >= 0)
            {
                _ = LibC.write(Forward, bytes, got);
            }
            else if (Keep && _text.Length < MostText)
            {
                int count = _decoder.GetChars(new ReadOnlySpan<byte>(bytes, got), letters, flush: false);
                _text.Append(letters[..count]).Replace("\r", "", _text.Length - count, count);
            }
        }

        return any;
    }

    /// <summary>Reads what it prints until it ends or the time is over.</summary>
    /// <returns>Whether it has ended.</returns>
    public bool AwaitEnd(int milliseconds)
    {
        long deadline = Clock.Nanoseconds + (milliseconds * 1_000_000L);
        while (ExitStatus is null && Clock.Nanoseconds < deadline)
        {
            pollfd ready = new() { fd = FileDescriptor, events = LibC.POLLIN };
            if (poll(&ready, 1, 10) > 0 && !Read())
            {
                Thread.Sleep(5); // it has closed its output and still runs
            }
        }

        Read();
        return ExitStatus is not null;
    }

    /// <summary>Sends a signal to it and to what it started.</summary>
    public void Signal(int signal)
    {
        if (ExitStatus is null)
        {
            ChildSignal.Send(-Pid, signal);
        }
    }

    /// <summary>Ends it, and what it started, at once.</summary>
    public void Dispose()
    {
        ChildSignal.Send(-Pid, LibC.SIGKILL);
        int status;
        if (_status is null && waitpid(Pid, &status, 0) == Pid)
        {
            _status = Linux.ExitStatus(status);
        }

        _terminal.Dispose();
    }

    private static Descriptor OpenFile(string path, int flags)
    {
        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            return Descriptor.Open(LibC.open(name, flags | LibC.O_CLOEXEC | LibC.O_NOCTTY, 0), $"opening {path}");
        }
        finally
        {
            Utf8StringMarshaller.Free(name);
        }
    }
}
