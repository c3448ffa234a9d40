using NetTools.Os;

namespace NetTools.EpollEcho.Check;

/// <summary>
/// The command that starts the server, once or several times. What the servers print goes to standard error.
/// </summary>
/// <param name="command">The program and its arguments.</param>
/// <param name="port">The port it listens on.</param>
internal sealed class ServerCommand(IReadOnlyList<string> command, int port) : IDisposable
{
    private const int StartMs = 10_000;

    private readonly List<ChildProgram> _running = [];
    private readonly Lock _gate = new();
    private Thread? _pump;
    private volatile bool _over;

    /// <summary>The process that was started first, of those that run.</summary>
    public ServerProcess First => new(() => _running.Count > 0 ? _running[0].Pid : -1);

    /// <summary>All that run.</summary>
    public IReadOnlyList<ServerProcess> All => [.. _running.Select(program => new ServerProcess(program.Pid))];

    /// <summary>How many sockets listen on the port in this network.</summary>
    public int Listening => ListeningSockets.Count(port);

    /// <summary>Starts the first one and waits until it listens.</summary>
    /// <exception cref="OperationFailedException">It does not.</exception>
    public void Start()
    {
        if (Listening > 0)
        {
            throw new OperationFailedException($"something listens on port {port} already");
        }

        string? why = TryStart(StartMs, listening: 1);
        if (why is not null)
        {
            throw new OperationFailedException(why);
        }
    }

    /// <summary>Starts one more.</summary>
    /// <param name="milliseconds">How long it may take.</param>
    /// <param name="listening">How many sockets must listen then.</param>
    /// <returns>Null, or why it failed.</returns>
    public string? TryStart(int milliseconds, int listening)
    {
        ChildProgram program = ChildProgram.Start(command);
        program.Forward = 2;
        lock (_gate)
        {
            _running.Add(program);
        }

        _pump ??= StartPump();
        long deadline = Clock.Nanoseconds + (milliseconds * 1_000_000L);
        while (Listening < listening)
        {
            if (program.ExitStatus is int code)
            {
                return $"the program ended with {code} before it listened on port {port}";
            }

            if (Clock.Nanoseconds > deadline)
            {
                return $"the program does not listen on port {port} after {milliseconds / 1000} s";
            }

            Thread.Sleep(10);
        }

        return null;
    }

    /// <summary>Ends all that run, at once.</summary>
    /// <param name="keep">How many of the first ones go on.</param>
    public void Stop(int keep = 0)
    {
        lock (_gate)
        {
            _running.Skip(keep).ToList().ForEach(program => program.Dispose());
            _running.RemoveRange(keep, _running.Count - keep);
        }
    }

    /// <summary>Ends all that run and starts one that listens.</summary>
    /// <returns>False when that one does not.</returns>
    public bool Restart()
    {
        Stop();
        return TryStart(StartMs, listening: 1) is null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _over = true;
        _pump?.Join();
    }

    /// <summary>A server whose output nobody reads would stand still.</summary>
    private Thread StartPump()
    {
        Thread pump = new(() =>
        {
            while (!_over)
            {
                lock (_gate)
                {
                    _running.ForEach(program => program.Read());
                }

                Thread.Sleep(10);
            }
        });
        pump.Start();
        return pump;
    }
}
