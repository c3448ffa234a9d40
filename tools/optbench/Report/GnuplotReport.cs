using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>A gnuplot script with the numbers inside, a panel for each plot: <c>gnuplot FILE &gt; optbench.svg</c>.</summary>
internal static class GnuplotReport
{
    private const int Width = 800;
    private const int PanelHeight = 420;

    /// <summary>Writes the script: arms that lie along an axis as curves, the others side by side.</summary>
    public static void Write(Output output, IEnumerable<ExperimentResult> results)
    {
        ExperimentResult[][] panels =
        [
            .. results.Where(result => result.Arms.Count > 0 || result.Timeline is not null)
                .GroupBy(result => result.Curve is null ? $"{result.Name} {result.Pattern}" : result.Name)
                    .Select(group => group.ToArray()),
        ];
        int height = PanelHeight * Math.Max(panels.Length, 1);
        output.WriteLine("# gnuplot THIS_FILE > optbench.svg");
        Line(output, $"set terminal svg size {Width},{height} dynamic font 'sans-serif,14' background '#ffffff'");
        output.WriteLine("set grid");
        Line(output, $"set multiplot layout {Math.Max(panels.Length, 1)},1");
        for (int i = 0; i < panels.Length; i++)
        {
            ExperimentResult first = panels[i][0];
            if (first is { Timeline: Timeline timeline, Facts: FactTable facts })
            {
                WriteTimeline(output, i, first, timeline, facts);
                continue;
            }

            string level = string.Create(CultureInfo.InvariantCulture, $"{first.Arms[0].Median.Confidence * 100:0.##} %");
            Line(output,
                $"set ylabel '{first.Unit}, median and {level} interval (range below {MedianEstimate.FewestSamples} blocks)'");
            if (first.Curve is null)
            {
                WriteSideBySide(output, i, first);
            }
            else
            {
                WriteCurves(output, i, panels[i]);
            }
        }

        output.WriteLine("unset multiplot");
        output.Flush();
    }

    /// <summary>Latencies on the left, rates on the right, against the time.</summary>
    private static void WriteTimeline(Output output, int panel, ExperimentResult result, Timeline timeline, FactTable facts)
    {
        string[] columns = [timeline.Time, .. timeline.Latencies, .. timeline.Rates];
        int[] at = [.. columns.Select(column => Array.IndexOf(facts.Columns, column))];
        Line(output, $"$p{panel} << END");
        foreach (Fact[] row in facts.Rows)
        {
            output.WriteLine(string.Join(' ', at.Select(column => row[column].Number is double number
                ? number.ToString("R", CultureInfo.InvariantCulture) : "?")));
        }

        output.WriteLine("END");
        Line(output, $"set title '{result.Name}, {result.Pattern}' noenhanced");
        output.WriteLine("unset logscale; set logscale y; set xlabel 's'; set ylabel 'us'; set y2label 'MB/s'; set y2tics; "
            + "set ytics nomirror; set y2range [0:*]; set key outside bottom center horizontal noenhanced; set xtics "
            + "norotate autofreq");
        output.WriteLine("set datafile missing '?'");
        IEnumerable<string> plots = columns.Skip(1).Select((column, i) =>
            FormattableString.Invariant($"$p{panel} using 1:{i + 2} ")
            + (i < timeline.Latencies.Length ? "with linespoints" : "axes x1y2 with steps dashtype 2") + $" title '{column}'");
        output.WriteLine($"plot {string.Join(", ", plots)}");
        output.WriteLine("unset y2label; unset y2tics; set ytics mirror");
    }

    private static void WriteSideBySide(Output output, int panel, ExperimentResult result)
    {
        Line(output, $"$p{panel} << END");
        for (int i = 0; i < result.Arms.Count; i++)
        {
            Point(output, i, result.Arms[i].Median, $" \"{result.Arms[i].Name}\"");
        }

        output.WriteLine("END");
        Line(output, $"set title '{result.Name}, {result.Pattern}' noenhanced");
        output.WriteLine("unset logscale; set logscale y; unset xlabel; unset key; set xtics rotate by -20 noenhanced");
        Line(output, $"plot [-0.5:{result.Arms.Count - 0.5}] $p{panel} using 1:2:3:4:xtic(5) with yerrorbars pointtype 7");
    }

    private static void WriteCurves(Output output, int panel, ExperimentResult[] results)
    {
        List<string> plots = [];
        for (int i = 0; i < results.Length; i++)
        {
            Curve curve = results[i].Curve!;
            Line(output, $"$p{panel}_{i} << END");
            for (int arm = 0; arm < results[i].Arms.Count; arm++)
            {
                Point(output, curve.At[arm], results[i].Arms[arm].Median, "");
            }

            output.WriteLine("END");
            Line(output, $"$e{panel}_{i} << END");
            foreach ((double x, double y) in curve.Expected)
            {
                Line(output, $"{x} {y}");
            }

            output.WriteLine("END");
            plots.Add(string.Create(CultureInfo.InvariantCulture,
                $"$p{panel}_{i} using 1:2:3:4 with yerrorbars pointtype 7 linecolor {i + 1} title '{results[i].Pattern}', "
                    + $"$e{panel}_{i} with lines linecolor {i + 1} dashtype 2 notitle"));
        }

        Line(output, $"set title '{results[0].Name}: measured (points) and expected (lines)' noenhanced");
        Line(output, $"set xlabel '{results[0].Curve!.Axis}'");
        output.WriteLine("set logscale xy; set key left top; set xtics norotate autofreq");
        Line(output, $"plot {string.Join(", ", plots)}");
    }

    /// <summary>The bar is the interval, or the range where there is none.</summary>
    private static void Point(Output output, double x, MedianEstimate y, string label)
    {
        Interval bar = y.Interval ?? y.Range;
        Line(output, $"{x} {y.Value} {bar.Low} {bar.High}{label}");
    }

    private static void Line(Output output, FormattableString text) => output.WriteLine(FormattableString.Invariant(text));
}
