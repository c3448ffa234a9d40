using NetTools.Measure;
using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;
using static NetTools.MuxBench.Report.Wording;

namespace NetTools.MuxBench.Report;

/// <summary>The results as tables and sentences.</summary>
internal static class TextReport
{
    public static void Write(Results results, Output output)
    {
        Wrap(results.Machine.Environment.ToString(), output);
        Wrap(Method(results), output);
        foreach (string missing in results.Missing)
        {
            Wrap($"left out, this machine does not have it: {missing}", output);
        }

        foreach (string spoiler in results.Disturbance.Lines())
        {
            Wrap($"spoiled by {spoiler}", output);
        }

        foreach (IGrouping<Series, Point> series in results.Points.GroupBy(point => point.Arm.Series))
        {
            output.WriteLine();
            Wrap(Caption(series), output);
            Points(series).Write(output);
            if (results.Settings.Plot)
            {
                output.WriteLine();
                foreach (string line in TerminalPlot.Lines([.. series]))
                {
                    output.WriteLine(line);
                }
            }
        }

        IReadOnlyList<Fit> fits = Analysis.Fits(results.Points);
        foreach (IGrouping<Series, Fit> series in fits.GroupBy(fit => fit.Series))
        {
            output.WriteLine();
            Lines(series).Write(output);
        }

        output.WriteLine();
        foreach (string sentence in Sentences.About(results.Points))
        {
            Wrap(sentence, output);
        }
    }

    private static string Method(Results results)
    {
        BenchSettings settings = results.Settings;
        string floor = results.NoiseFloor is double noise ? Text($", noise floor {100 * noise:F1} %") : "";
        string kind = settings.Kind switch
        {
            DescriptorKind.SocketPair => "socket pairs",
            DescriptorKind.Pipe => "pipes",
            DescriptorKind.Tcp => "TCP connections",
            _ => "eventfds",
        };
        string sparse = settings.Placement == Placement.Sparse ? ", numbers spread up to the limit" : "";
        string table = results.Machine.OwnTable ? "" : ", descriptor table shared with other threads";
        string waker = settings.Metrics.Contains(Metric.WakeUp) ? Text($" (the writer on CPU {results.Machine.WakerCpu})") : "";
        string caches = settings.Cold ? "emptied before each call" : "warm";
        return Text($"{kind}{sparse}, caches {caches}{table}, on CPU {results.Machine.Cpu}{waker}, ")
            + Text($"{settings.Blocks} random blocks, {results.Machine.ClockOverhead:F0} ns for the clock taken off{floor}");
    }

    /// <summary>What is the same in all lines of a table.</summary>
    private static string Caption(IGrouping<Series, Point> series)
    {
        string timeout = series.Key switch
        {
            { Metric: Metric.Call, TimeoutMs: BenchSettings.Waits } =>
                ": one that waits, and returns at once because something is readable",
            { Metric: Metric.Call, Share.Amount: 0 } => ": with nothing readable a call that waits would not return",
            { Metric: Metric.Call } => ": one that only looks",
            _ => "",
        };
        string few = series.Any(point => point.Nanoseconds.Interval is null)
            ? Text($"; fewer than {MedianEstimate.FewestSamples} blocks carry no interval, the range is given") : "";
        return $"{series.Key.Metric.Name()}, {Of(series.Key)}{timeout}{few}";
    }

    /// <summary>One table a series, so that no line is wider than a terminal however long the figures.</summary>
    private static Table Points(IGrouping<Series, Point> series)
    {
        bool ready = series.Key.Metric.HasReady();
        bool intervals = series.All(point => point.Nanoseconds.Interval is not null);
        string heading = series.Key.Metric == Metric.Call ? Timeout(series.Key) : series.Key.Metric.Name();
        Table table = new(["mechanism", "fds", "max fd", .. ready ? ["ready"] : (string[])[], heading, intervals ? "95 % interval"
            : "range"]);
        foreach (Point point in series)
        {
            Interval spread = intervals ? point.Nanoseconds.Interval!.Value : point.Nanoseconds.Range;
            table.Add([point.Arm.Mechanism, Text($"{point.Arm.Fds}"), Text($"{point.Arm.MaxFd}"), .. ready
                ? [Text($"{point.Arm.Ready}")] : (string[])[],
                Time(point.Nanoseconds.Value), $"{Time(spread.Low)} to {Time(spread.High)}"]);
        }

        return table;
    }

    private static Table Lines(IGrouping<Series, Fit> fits)
    {
        Table table = new(Of(fits.Key), "fixed", "ns per fd", "95 % interval", "order");
        foreach (Fit fit in fits)
        {
            string interval = fit.Line.Slope.Interval is Interval slope ? $"{Slope(slope.Low)} to {Slope(slope.High)}" : "none";
            table.Add(fit.Mechanism, Time(fit.Line.Fixed.Value), Slope(fit.Line.Slope.Value), interval, fit.Order);
        }

        return table;
    }

    /// <summary>Writes a sentence in lines of 80 columns, all but the first indented.</summary>
    public static void Wrap(string sentence, Output output)
    {
        foreach (string line in Figures.Wrap(sentence, indent: 2))
        {
            output.WriteLine(line);
        }
    }
}
