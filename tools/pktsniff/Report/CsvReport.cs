using System.Globalization;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>
/// A time series for gnuplot: a row an interval with frames and bytes per second, of all and by protocol. Of a silence only the
/// first interval and the last have rows of zeros, so that lines are right and a file stays as short as its capture.
/// </summary>
/// <param name="file">Where the rows go; flushed and closed at the end.</param>
/// <param name="interval">Seconds of a row.</param>
internal sealed class CsvReport(OutputFile file, double interval) : IFrameReport
{
    private static readonly string[] s_groups = ["all", "tcp", "udp", "icmp", "arp", "other"];

    private readonly Volume[] _volumes = new Volume[s_groups.Length];
    private double _start;
    private double _first;
    private bool _running;

    /// <summary>Writes the headings.</summary>
    public void Begin()
    {
        file.Output.WriteLine("time_s,elapsed_s," + string.Join(',', s_groups.Select(group =>
            group == "all" ? "frames_per_s,bytes_per_s" : $"{group}_frames_per_s,{group}_bytes_per_s")));
        file.Output.Flush();
    }

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        double time = TrafficCounter.TimeOf(captured);
        double start = Math.Floor(time / interval) * interval;
        if (!_running)
        {
            _running = true;
            _start = _first = start;
        }
        else if (start > _start)
        {
            Pass(start);
        }

        _volumes[0].Add(captured.Length);
        _volumes[Group(frame)].Add(captured.Length);
    }

    /// <inheritdoc/>
    public void End()
    {
        if (_running)
        {
            WriteRow();
        }

        file.Output.Flush();
        file.Dispose();
    }

    private static int Group(scoped in DecodedFrame frame)
    {
        if (ArpPacket.TryFind(frame, out _))
        {
            return 4;
        }

        return !frame.HasIP ? 5 : frame.Protocol switch { 6 => 1, 17 => 2, 1 or 58 => 3, _ => 5 };
    }

    private void Pass(double start)
    {
        WriteRow();
        int silent = (int)Math.Min(3, Math.Round((start - _start) / interval) - 1);
        if (silent > 0)
        {
            _start += interval;
            WriteRow();
        }

        if (silent > 1)
        {
            _start = start - interval;
            WriteRow();
        }

        _start = start;
    }

    private void WriteRow()
    {
        Output output = file.Output;
        output.Write(string.Create(CultureInfo.InvariantCulture, $"{_start:0.######},{_start - _first:0.######}"));
        foreach (Volume volume in _volumes)
        {
            output.Write(string.Create(CultureInfo.InvariantCulture,
                $",{volume.Frames / interval:0.###},{volume.Bytes / interval:0.###}"));
        }

        output.WriteLine();
        output.Flush();
        Array.Clear(_volumes);
    }
}
