using NetTools.Os;
using NetTools.RawPing.Report;
using NetTools.Terminal;

namespace NetTools.RawPing.Trace;

/// <summary>Redraws the table on a terminal while the trace runs, on the alternate screen; the last table stays.</summary>
/// <param name="output">The terminal.</param>
/// <param name="report">Makes the table.</param>
internal sealed class LiveTrace(Output output, TraceReport report) : ITraceObserver, IDisposable
{
    private const long Period = 250 * TimeUnits.Millisecond;
    private const string Keys = "q quit   p pause   r reset   h help";

    private readonly Keyboard _keyboard = new();
    private long _drawn = long.MinValue / 2;
    private bool _help;
    private bool _entered;

    /// <summary>Called when the user resets the counters.</summary>
    public Action? OnReset { get; set; }

    public int FileDescriptor => 0;

    public bool IsPaused { get; private set; }

    public bool Turn(TraceResults results, long now)
    {
        for (byte key = Keyboard.Next(); key != 0; key = Keyboard.Next())
        {
            switch ((char)(key | 32))
            {
                case 'q':
                    return false;
                case 'p':
                    IsPaused = !IsPaused;
                    break;
                case 'r':
                    OnReset?.Invoke();
                    break;
                case 'h' or '?':
                    _help = !_help;
                    break;
            }

            _drawn = long.MinValue / 2;
        }

        if (now - _drawn >= Period)
        {
            _drawn = now;
            Draw(results);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_entered)
        {
            output.Write("\x1b[?1049l");
            output.Flush();
        }

        _keyboard.Dispose();
    }

    private void Draw(TraceResults results)
    {
        (int rows, int columns) = output.WindowSize();
        string[] help = _help ? ["", "q  quit, and print the table", "p  pause and go on", "r  forget everything and begin again",
            "h  hide this"] : [];
        string title = $"rawping --trace {results.Settings.Target.Name} ({results.Settings.Target.Address})"
            + (IsPaused ? "   [paused]" : "");
        string[] lines = [title, Keys, "", .. report.Lines(results, columns), .. help];
        output.Write(_entered ? "\x1b[H" : "\x1b[?1049h\x1b[H");
        _entered = true;
        for (int i = 0; i < lines.Length && i < rows - 1; i++)
        {
            output.Write(lines[i].AsSpan(0, Math.Min(lines[i].Length, columns)));
            output.Write("\x1b[K\r\n");
        }

        output.Write("\x1b[J");
        output.Flush();
    }
}
