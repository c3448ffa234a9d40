using NetTools.Measure;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;
using static NetTools.MuxBench.Report.Wording;

namespace NetTools.MuxBench.Report;

/// <summary>A gnuplot script with the points inside: <c>gnuplot FILE &gt; mux.svg</c>.</summary>
internal static class GnuplotReport
{
    public static void Write(Results results, Output output)
    {
        IGrouping<Series, Point>[] series = [.. results.Points.GroupBy(point => point.Arm.Series)];
        output.WriteLine("# gnuplot THIS_FILE > mux.svg");
        int height = 500 * Math.Max(series.Length, 1);
        output.WriteLine(Text($"set terminal svg size 800,{height} dynamic font 'sans-serif,14' background '#ffffff'"));
        output.WriteLine("set logscale xy");
        output.WriteLine("set key left top");
        output.WriteLine("set grid");
        output.WriteLine("set xlabel 'descriptors watched'");
        bool intervals = results.Points.All(point => point.Nanoseconds.Interval is not null);
        output.WriteLine($"set ylabel 'nanoseconds (median and {(intervals ? "95 % interval" : "range")})'");
        for (int i = 0; i < series.Length; i++)
        {
            foreach (IGrouping<string, Point> curve in series[i].GroupBy(point => point.Arm.Mechanism))
            {
                output.WriteLine($"${Block(i, curve.Key)} << END");
                foreach (Point point in curve)
                {
                    Interval spread = point.Nanoseconds.Interval ?? point.Nanoseconds.Range;
                    output.WriteLine(Text($"{point.Arm.Fds} {point.Nanoseconds.Value:F1} {spread.Low:F1} {spread.High:F1}"));
                }

                output.WriteLine("END");
            }
        }

        output.WriteLine(Text($"set multiplot layout {Math.Max(series.Length, 1)},1"));
        for (int i = 0; i < series.Length; i++)
        {
            output.WriteLine($"set title '{Title(series[i].Key)}'");
            string[] curves = [.. series[i].Select(point => point.Arm.Mechanism).Distinct()
                .Select(name => $"${Block(i, name)} using 1:2:3:4 with yerrorlines title '{name}'")];
            output.WriteLine($"plot {string.Join(", ", curves)}");
        }

        output.WriteLine("unset multiplot");
        output.Flush();
    }

    private static string Block(int series, string mechanism) => Text($"s{series}_{mechanism.Replace('-', '_')}");

    private static string Title(Series series) => $"time {Unit(series.Metric)}: {Of(series)}";
}
