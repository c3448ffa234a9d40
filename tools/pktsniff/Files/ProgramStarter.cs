using System.Collections;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;
using Tmds.Linux;
using static NetTools.Libc.Linux;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Starts a program for each finished file: <c>PROGRAM FILE</c>, straight and never through a shell, with what little is left
/// of our privileges. The capture goes on meanwhile.
/// </summary>
/// <param name="program">Its name, looked for on the PATH.</param>
internal sealed unsafe class ProgramStarter(string program)
{
    private readonly Dictionary<int, string> _running = [];

    /// <summary>True when a program did not start, or failed.</summary>
    public bool AnyFailed { get; private set; }

    /// <summary>Starts the program for a file.</summary>
    public void Add(string file)
    {
        Reap(WNOHANG);
        // A name that begins with a hyphen would be an option to the program.
        string argument = file.StartsWith('-') ? "./" + file : file;
        using NativeStrings arguments = new([program, argument]);
        using NativeStrings environment =
            new(Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(one => $"{one.Key}={one.Value}"));
        posix_spawnattr_t attributes;
        _ = posix_spawnattr_init(&attributes);
        // The runtime ignores SIGPIPE, and the helper the signals that end a capture: a program would inherit that.
        sigset_t signals;
        _ = LibC.sigemptyset(&signals);
        _ = posix_spawnattr_setsigmask(&attributes, &signals);
        foreach (int signal in (ReadOnlySpan<int>)[LibC.SIGPIPE, .. FinishedFiles.Ignored])
        {
            _ = LibC.sigaddset(&signals, signal);
        }

        _ = posix_spawnattr_setsigdefault(&attributes, &signals);
        _ = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        int pid;
        int errno = posix_spawnp(&pid, arguments.Pointers[0], null, &attributes, arguments.Pointers, environment.Pointers);
        _ = posix_spawnattr_destroy(&attributes);
        if (errno != 0)
        {
            Fail($"starting {program}: {Errno.Describe(errno)}");
        }
        else
        {
            _running[pid] = argument;
        }
    }

    /// <summary>Waits until all programs started have ended.</summary>
    public void Wait() => Reap(options: 0);

    private void Reap(int options)
    {
        foreach ((int pid, string file) in _running.ToArray())
        {
            int status;
            int result;
            while ((result = waitpid(pid, &status, options)) < 0 && Errno.Last == LibC.EINTR)
            {
            }

            if (result != 0)
            {
                _running.Remove(pid);
            }

            if (result == pid && ExitStatus(status) is int code and not 0)
            {
                Fail($"{program} {file}: exit code {code}");
            }
        }
    }

    private void Fail(string text)
    {
        AnyFailed = true;
        ErrorLine.Write(text);
    }
}
