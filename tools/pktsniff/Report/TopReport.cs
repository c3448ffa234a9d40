using System.Globalization;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>
/// Tables of what goes by, one an interval: drawn over the last one on a terminal, one after the other elsewhere. The time is
/// that of the frames, so that a file tells the same as the interface did; while an interface is silent it is the clock's.
/// </summary>
/// <param name="output">Where the tables go.</param>
/// <param name="interval">Seconds between two.</param>
/// <param name="screen">The terminal's size, or null elsewhere.</param>
internal sealed class TopReport(Output output, double interval, Func<WindowSize>? screen) : IFrameReport
{
    private const int MostProtocols = 8;
    private const int Headings = 6; // lines that are neither a protocol nor a conversation

    private readonly TrafficCounter _traffic = new();
    private readonly Volume[] _protocolsBefore = new Volume[CountedProtocols.Count];
    private Volume _before;
    private double _start;
    private bool _running;

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        double time = TrafficCounter.TimeOf(captured);
        if (!_running)
        {
            _running = true;
            _start = time;
        }

        Advance(time);
        _traffic.Add(captured, frame);
    }

    /// <inheritdoc/>
    public void Idle()
    {
        if (_running)
        {
            Advance(Now());
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        output.Write(screen is null ? default : "\x1b[H\x1b[J"u8);
        TrafficTables.WriteAll(output, _traffic);
    }

    private static double Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    private void Advance(double time)
    {
        if (time - _start < interval)
        {
            return;
        }

        Draw();
        // Silent intervals are passed over.
        _start += Math.Floor((time - _start) / interval) * interval;
        _before = _traffic.Total;
        _traffic.Protocols.CopyTo(_protocolsBefore);
        foreach (ref Conversation one in _traffic.Conversations.Entries)
        {
            one.Before = one.Total;
        }
    }

    private void Draw()
    {
        (int rows, int columns) = screen?.Invoke()
            ?? new WindowSize(MostProtocols + Headings + TrafficTables.MostRows, int.MaxValue);
        Volume moved = _traffic.Total - _before;
        Volume[] protocols = [.. _protocolsBefore.Select((before, i) => _traffic.Protocols[i] - before)];
        string clock = string.Create(CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(_start, 0, uint.MaxValue)).ToLocalTime():HH:mm:ss}");
        List<string> lines =
        [
            $"{clock} {TrafficTables.Headline(moved, interval)}", "",
            .. TrafficTables.Protocols(_traffic, protocols, interval, MostProtocols).Lines(), "",
        ];
        int left = Math.Max(1, rows - lines.Count - 3);
        lines.AddRange(TrafficTables.Busiest(_traffic, moved, interval, left).Lines());
        Show(lines, rows, columns);
    }

    private void Show(List<string> lines, int rows, int columns)
    {
        bool drawn = screen is not null;
        output.Write(drawn ? "\x1b[H"u8 : default);
        foreach (string line in lines.Take(drawn ? rows - 1 : lines.Count))
        {
            output.Write(line.AsSpan(0, Math.Min(line.Length, columns)));
            output.Write(drawn ? "\x1b[K"u8 : default);
            output.EndLine();
        }

        if (drawn)
        {
            output.Write("\x1b[J"u8);
        }
        else
        {
            output.EndLine();
        }

        output.Flush();
    }
}
