using System.Diagnostics;
using System.Runtime.InteropServices;
using Xunit.Sdk;

namespace NetTools.Tests.Support;

/// <summary>A published tool, or a peer, as a process. Disposing kills it (that process alone, by its number).</summary>
/// <example><code>
/// ToolProcess.Run("rawping", "-c", "1", "127.0.0.1").Expect(0);
/// using ToolProcess server = ToolProcess.Launch("epollecho", ["serve", "--json"], new() { Namespace = lab.A });
/// string line = server.ReadLine();
/// server.Signal(Signals.SIGINT);
/// server.WaitForExit().Expect(0);
/// </code></example>
public sealed class ToolProcess : IDisposable
{
    private readonly Process _process;
    private readonly OutputPump _output;
    private readonly OutputPump _error;
    private readonly string _command;
    private readonly Task _feeding = Task.CompletedTask;

    private ToolProcess(string program, IEnumerable<string> args, RunOptions options)
    {
        string[] words = [.. options.Namespace is null ? [] : (string[])["ip", "netns", "exec", options.Namespace], program,
            .. args];
        _command = string.Join(' ', words);
        ProcessStartInfo start = new(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options.Folder ?? "",
        };
        foreach ((string name, string? value) in options.Environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException($"{_command} did not start");
        _output = new OutputPump(_process.StandardOutput.BaseStream);
        _error = new OutputPump(_process.StandardError.BaseStream);
        if (!options.KeepInputOpen)
        {
            // On a thread: a program that never reads its input must not block the test.
            _feeding = Task.Run(() => Feed(options.Input));
        }
    }

    /// <summary>The process number: <c>ip netns exec</c> becomes the program, so it is the program's own.</summary>
    public int Id => _process.Id;

    /// <summary>True once it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Standard input, when <see cref="RunOptions.KeepInputOpen"/> was asked for.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Standard output so far.</summary>
    public string OutputSoFar => _output.Text;

    /// <summary>Standard error so far.</summary>
    public string ErrorSoFar => _error.Text;

    /// <summary>Runs a published tool to completion.</summary>
    public static ToolResult Run(string tool, params string[] args) => Run(tool, args, new RunOptions());

    /// <inheritdoc cref="Run(string, string[])"/>
    public static ToolResult Run(string tool, string[] args, RunOptions options) =>
        RunCommand(Repository.Binary(tool), args, options);

    /// <summary>Runs any program to completion.</summary>
    public static ToolResult RunCommand(string program, params string[] args) => RunCommand(program, args, new RunOptions());

    /// <inheritdoc cref="RunCommand(string, string[])"/>
    public static ToolResult RunCommand(string program, string[] args, RunOptions options)
    {
        using ToolProcess process = new(program, args, options);
        return process.WaitForExit(options.Timeout);
    }

    /// <summary>Starts a published tool that runs until it is stopped.</summary>
    public static ToolProcess Launch(string tool, params string[] args) => Launch(tool, args, new RunOptions());

    /// <inheritdoc cref="Launch(string, string[])"/>
    public static ToolProcess Launch(string tool, string[] args, RunOptions options) =>
        LaunchCommand(Repository.Binary(tool), args, options);

    /// <summary>Starts any program that runs until it is stopped.</summary>
    public static ToolProcess LaunchCommand(string program, params string[] args) =>
        LaunchCommand(program, args, new RunOptions());

    /// <inheritdoc cref="LaunchCommand(string, string[])"/>
    public static ToolProcess LaunchCommand(string program, string[] args, RunOptions options) => new(program, args, options);

    /// <summary>The next line of standard output.</summary>
    /// <exception cref="XunitException">There is none, because the program ended or the time is over.</exception>
    public string ReadLine(TimeSpan? timeout = null) =>
        TryReadLine(timeout) ?? throw new XunitException($"no line came: {Describe()}");

    /// <summary>The next line of standard output, or null at its end or when the time is over.</summary>
    public string? TryReadLine(TimeSpan? timeout = null) => _output.ReadLine(timeout ?? RunOptions.DefaultTimeout);

    /// <summary>The next line of standard error.</summary>
    /// <exception cref="XunitException">There is none, because the program ended or the time is over.</exception>
    public string ReadErrorLine(TimeSpan? timeout = null) =>
        _error.ReadLine(timeout ?? RunOptions.DefaultTimeout) ?? throw new XunitException($"no error line came: {Describe()}");

    /// <summary>Reads lines of standard output until one contains a text, and returns that one.</summary>
    /// <exception cref="XunitException">It did not come.</exception>
    public string ReadUntil(string text, TimeSpan? timeout = null) => LineWith(text, TryReadLine, timeout);

    /// <summary>Reads lines of standard error until one contains a text, and returns that one.</summary>
    /// <exception cref="XunitException">It did not come.</exception>
    public string ReadErrorUntil(string text, TimeSpan? timeout = null) =>
        LineWith(text, left => _error.ReadLine(left!.Value), timeout);

    private string LineWith(string text, Func<TimeSpan?, string?> read, TimeSpan? timeout)
    {
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan limit = timeout ?? RunOptions.DefaultTimeout;
        while (limit - watch.Elapsed is { Ticks: > 0 } left && read(left) is string line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new XunitException($"no line with \"{text}\" came: {Describe()}");
    }

    /// <summary>Sends a signal, one of <see cref="Signals"/>, by kill(2).</summary>
    public void Signal(int signal)
    {
        if (!_process.HasExited)
        {
            _ = Signals.kill(_process.Id, signal);
        }
    }

    /// <summary>Waits until the program has ended by itself; kills it and fails the test when the time is over.</summary>
    public ToolResult WaitForExit(TimeSpan? timeout = null)
    {
        TimeSpan limit = timeout ?? RunOptions.DefaultTimeout;
        if (!_process.WaitForExit(limit))
        {
            Kill();
            throw new XunitException($"still running after {limit.TotalSeconds} s: {Describe()}");
        }

        _output.Join(TimeSpan.FromSeconds(5));
        _error.Join(TimeSpan.FromSeconds(5));
        return new ToolResult(_command, _process.ExitCode, _output.Bytes, _error.Text);
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    public ToolResult Stop(int signal = Signals.SIGINT, TimeSpan? timeout = null)
    {
        Signal(signal);
        return WaitForExit(timeout);
    }

    /// <summary>Kills the process and the ones it forked.</summary>
    public void Dispose()
    {
        Kill();
        _feeding.Wait(TimeSpan.FromSeconds(5)); // two threads must not close its input at once
        _process.Dispose();
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit(TimeSpan.FromSeconds(10));
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    private void Feed(byte[] input)
    {
        try
        {
            _process.StandardInput.BaseStream.Write(input);
            _process.StandardInput.Close();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The program ended without reading it all, as it may.
        }
    }

    private string Describe() =>
        $"`{_command}`\nstdout: {ToolResult.Shorten(OutputSoFar)}\nstderr: {ToolResult.Shorten(ErrorSoFar)}";
}

/// <summary>Signal numbers and kill(2).</summary>
public static class Signals
{
    public const int SIGHUP = 1;
    public const int SIGINT = 2;
    public const int SIGKILL = 9;
    public const int SIGUSR1 = 10;
    public const int SIGTERM = 15;
    public const int SIGCONT = 18;
    public const int SIGSTOP = 19;

    [DllImport("libc")]
    internal static extern int kill(int pid, int sig);
}
