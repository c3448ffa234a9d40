using NetTools.Libc;
using NetTools.Measure;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;

namespace NetTools.MuxBench.Report;

/// <summary>The results as tables and sentences.</summary>
internal static class TextReport
{
    /// <summary>Above this the report says that the points do not lie on a line.</summary>
    private const double Misfit = 0.1;

    public static void Write(Results results, Output output)
    {
        output.WriteLine(results.Environment.ToString());
        output.WriteLine(Text($"one call and finding what is ready, on CPU {results.Cpu}; {results.ClockOverhead:N0} ns for the clock taken off"));
        output.WriteLine();
        Points(results.Points).Write(output);
        IReadOnlyList<Fit> fits = Analysis.Fits(results.Points);
        if (fits.Count > 0)
        {
            output.WriteLine();
            Lines(fits).Write(output);
        }

        output.WriteLine();
        foreach (string sentence in Sentences(results.Points))
        {
            Wrap(sentence, output);
        }
    }

    /// <summary>A time with three digits and a unit that suits it.</summary>
    public static string Time(double nanoseconds) => nanoseconds switch
    {
        >= 1e8 => Text($"{nanoseconds / 1e6:N0} ms"),
        >= 1e7 => Text($"{nanoseconds / 1e6:F1} ms"),
        >= 1e6 => Text($"{nanoseconds / 1e6:F2} ms"),
        >= 1e5 => Text($"{nanoseconds / 1e3:F0} us"),
        >= 1e4 => Text($"{nanoseconds / 1e3:F1} us"),
        >= 1e3 => Text($"{nanoseconds / 1e3:F2} us"),
        >= 100 => Text($"{nanoseconds:F0} ns"),
        _ => Text($"{nanoseconds:F1} ns"),
    };

    /// <summary>What the figures mean, in these figures.</summary>
    public static IEnumerable<string> Sentences(IReadOnlyList<Point> points)
    {
        if (points.Count == 0)
        {
            yield return "Interrupted before anything was measured.";
            yield break;
        }

        if (Comparison(points) is string comparison)
        {
            yield return comparison;
        }

        foreach (Fit fit in Analysis.Fits(points))
        {
            yield return Meaning(fit);
        }

        foreach (IGrouping<(string, ReadyShare Share), Crossover> one in Analysis.Crossovers(points).GroupBy(c => (c.Below, c.Share)))
        {
            string others = string.Join(", ", one.Select(crossover => Text($"{crossover.Above} below n = {Size(crossover.Fds)}")));
            yield return $"{one.Key.Item1} beats {others}; above, it is the other way round ({Readable(one.Key.Share)}).";
        }

        if (Portability(points) is string portability)
        {
            yield return portability;
        }
    }

    private static string Size(double fds) => fds < 10 ? Text($"{fds:F1}") : Text($"{fds:N0}");

    /// <summary>A cost per descriptor; no sign on what rounds to nothing.</summary>
    private static string Slope(double nanoseconds) => Text($"{Math.Round(nanoseconds, 2) + 0.0:F2}");

    private static string Ratio(double ratio) => ratio < 10 ? Text($"{ratio:F2}") : Text($"{ratio:N0}");

    private static Table Points(IReadOnlyList<Point> points)
    {
        Table table = new("mechanism", "fds", "max fd", "ready", "time a call", "95 % interval");
        foreach (Point point in points)
        {
            table.Add(point.Arm.Mechanism, Text($"{point.Arm.Fds}"), Text($"{point.Arm.MaxFd}"), Text($"{point.Arm.Ready}"),
                Time(point.Nanoseconds.Value), $"{Time(point.Nanoseconds.Interval.Low)} to {Time(point.Nanoseconds.Interval.High)}");
        }

        return table;
    }

    private static Table Lines(IReadOnlyList<Fit> fits)
    {
        Table table = new("mechanism", "ready", "fixed", "per descriptor", "95 % interval", "order");
        foreach (Fit fit in fits)
        {
            Interval slope = fit.Line.SlopeInterval;
            table.Add(fit.Mechanism, fit.Share.Text, Time(fit.Line.Fixed), $"{Slope(fit.Line.Slope)} ns",
                $"{Slope(slope.Low)} to {Slope(slope.High)} ns", fit.Order);
        }

        return table;
    }

    /// <summary>The cheapest and the dearest at the largest size.</summary>
    private static string? Comparison(IReadOnlyList<Point> points)
    {
        int largest = points.Max(point => point.Arm.Fds);
        Point[] there = [.. points.Where(point => point.Arm.Fds == largest && point.Arm.Share == points[0].Arm.Share)
            .OrderBy(point => point.Nanoseconds.Value)];
        if (there.Length < 2)
        {
            return null;
        }

        Point best = there[0];
        string others = string.Join(", ", there.Skip(1).Select(point =>
            Text($"{point.Arm.Mechanism} {Time(point.Nanoseconds.Value)} ({Ratio(point.Nanoseconds.Value / best.Nanoseconds.Value)} times as long)")));
        return Text($"With {largest:N0} descriptors, {best.Arm.Ready:N0} of them readable, {best.Arm.Mechanism} took {Time(best.Nanoseconds.Value)} a call, {others}.");
    }

    private static string Meaning(Fit fit)
    {
        string grows = $"{fit.Mechanism}, {Readable(fit.Share)}: {Time(fit.Line.Fixed)} and {Slope(fit.Line.Slope)} ns for each descriptor ({Slope(fit.Line.SlopeInterval.Low)} to {Slope(fit.Line.SlopeInterval.High)})";
        string curve = fit.Line.Misfit < Misfit ? ""
            : Text($" It is no straight line: between the two largest sizes a descriptor costs {fit.LastStretch:F1} ns, for more of them no longer fit in the caches.");
        return fit.Order switch
        {
            "O(1)" when fit.Line.SlopeInterval.Contains(0) => $"{grows}: O(1), no growth can be told from none.",
            "O(1)" => Text($"{grows}: O(1) within the bound of {Fit.Bound:F0} ns; so little is no walk over the descriptors."),
            "O(n)" when fit.Share.IsShare => $"{grows}: O(n), but here the number of readable ones grows with n as well.{curve}",
            "O(n)" => $"{grows}: O(n), each call looks at every descriptor.{curve}",
            _ => $"{grows}: undecided, the points do not say whether it grows.",
        };
    }

    private static string? Portability(IReadOnlyList<Point> points)
    {
        int highest = points.Where(point => point.Arm.Mechanism == "select").Select(point => point.Arm.MaxFd).DefaultIfEmpty(0).Max();
        return highest < Linux.FD_SETSIZE ? null
            : Text($"Portable select() ends at descriptor {Linux.FD_SETSIZE - 1}: FD_SET({highest}) writes past the fd_set (glibc aborts the program when fortified). The kernel itself takes longer bitmaps, and the select figures here are for pselect6 with {highest + 1:N0} bits.");
    }

    private static string Readable(ReadyShare share) => share.IsShare
        ? $"{(share.Text == "all" ? "all" : share.Text)} readable"
        : $"{share.Text} readable";

    /// <summary>Writes a sentence in lines of 80 columns, all but the first indented.</summary>
    private static void Wrap(string sentence, Output output)
    {
        string line = "";
        foreach (string word in sentence.Split(' '))
        {
            if (line.Length + 1 + word.Length > 80)
            {
                output.WriteLine(line);
                line = " ";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        output.WriteLine(line);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
