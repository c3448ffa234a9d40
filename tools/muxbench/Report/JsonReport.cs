using System.Text.Json;
using NetTools.Measure;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;

namespace NetTools.MuxBench.Report;

/// <summary>The results as one JSON object on one line.</summary>
internal static class JsonReport
{
    private const double Percent = 100;

    /// <summary>Writes the object.</summary>
    public static void Write(Results results, Output output)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        json.WriteString("tool", "muxbench");
        json.WriteString("version", Command.Version);
        json.WriteString("started", JsonHead.Time(results.Started));
        json.WriteString("ended", JsonHead.Time(results.Ended));
        json.WriteBoolean("interrupted", results.Interrupted);
        json.WriteStartObject("environment");
        results.Machine.Environment.WriteTo(json);
        json.WriteNumber("descriptor_limit", results.Machine.DescriptorLimit);
        json.WriteNumber("cpu_number", results.Machine.Cpu);
        Number(json, "clock_overhead_ns", results.Machine.ClockOverhead);
        json.WriteEndObject();
        Options(json, results);
        json.WriteNumber("blocks", results.Settings.Blocks);
        json.WriteNumber("seed", results.Settings.Seed);
        json.WriteString("path", "local");
        Number(json, "noise_floor_percent", Percent * results.NoiseFloor);
        results.Disturbance.WriteTo(json);
        Strings(json, "missing", results.Missing);
        Points(json, results.Points);
        Fits(json, results.Points);
        Crossovers(json, results.Points);
        Differences(json, results.Points);
        lines.End();
    }

    /// <summary>An interval as an array of two numbers, or null.</summary>
    public static void Range(Utf8JsonWriter json, string name, Interval? interval)
    {
        if (interval is not Interval ends)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        json.WriteNumberValue(Math.Round(ends.Low, 4));
        json.WriteNumberValue(Math.Round(ends.High, 4));
        json.WriteEndArray();
    }

    /// <summary>A number to four decimals, or null.</summary>
    public static void Number(Utf8JsonWriter json, string name, double? value) => json.WriteNumberOrNull(name, value, 4);

    /// <summary>An array of strings.</summary>
    public static void Strings(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    /// <summary>The members of a comparison that a run and <c>compare</c> have in common.</summary>
    public static void Comparison(Utf8JsonWriter json, PairedComparison comparison)
    {
        Number(json, "median_ns", comparison.Difference.Value);
        Range(json, "ci95_ns", comparison.Difference.Interval);
        Number(json, "relative_percent", Percent * comparison.Relative?.Value);
        Range(json, "relative_ci95_percent",
            comparison.Relative?.Interval is Interval r ? new Interval(Percent * r.Low, Percent * r.High) : null);
        json.WriteString("verdict", comparison.Verdict.Text());
    }

    private static void Options(Utf8JsonWriter json, Results results)
    {
        json.WriteStartObject("options");
        json.WriteString("kind", Lower(results.Settings.Kind));
        json.WriteString("placement", Lower(results.Settings.Placement));
        json.WriteString("caches", results.Settings.Cold ? "cold" : "warm");
        json.WriteString("descriptor_table", results.Machine.OwnTable ? "own" : "shared");
        json.WriteNumber("blocks", results.Settings.Blocks);
        Strings(json, "mechanisms", results.Settings.Mechanisms);
        Strings(json, "measure", results.Settings.Metrics.Select(metric => metric.Name()));
        Strings(json, "ready", results.Settings.Ready.Select(share => share.Text));
        Strings(json, "position", results.Settings.Positions.Select(position => Lower(position)));
        json.WriteStartArray("timeout_ms");
        Array.ForEach(results.Settings.Timeouts, json.WriteNumberValue);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Points(Utf8JsonWriter json, IReadOnlyList<Point> points)
    {
        json.WriteStartArray("points");
        foreach (Point point in points)
        {
            json.WriteStartObject();
            json.WriteString("mechanism", point.Arm.Mechanism);
            json.WriteNumber("fds", point.Arm.Fds);
            json.WriteNumber("max_fd", point.Arm.MaxFd);
            json.WriteNumber("ready", point.Arm.Ready);
            Of(json, point.Arm.Series);
            Number(json, "median_ns", point.Nanoseconds.Value);
            Range(json, "ci95_ns", point.Nanoseconds.Interval);
            Range(json, "range_ns", point.Nanoseconds.Range);
            json.WriteNumber("samples", point.Samples.Length);
            json.WriteStartArray("block_ns");
            foreach (double sample in point.Samples)
            {
                json.WriteNumberValue(Math.Round(sample, 2));
            }

            json.WriteEndArray();
            Number(json, "noise_floor_percent", Percent * point.NoiseFloor);
            if (point.Steady is bool steady)
            {
                json.WriteBoolean("steady", steady);
            }
            else
            {
                json.WriteNull("steady");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Fits(Utf8JsonWriter json, IReadOnlyList<Point> points)
    {
        json.WriteStartArray("fits");
        foreach (Fit fit in Analysis.Fits(points))
        {
            json.WriteStartObject();
            json.WriteString("mechanism", fit.Mechanism);
            Number(json, "fixed_ns", fit.Line.Fixed.Value);
            Number(json, "per_fd_ns", fit.Line.Slope.Value);
            json.WriteString("order", fit.Order);
            Of(json, fit.Series);
            json.WriteString("ready", fit.Series.Share.Text);
            Range(json, "per_fd_ci95_ns", fit.Line.Slope.Interval);
            json.WriteNumber("order_bound_ns", Fit.Bound);
            Number(json, "misfit_percent", Percent * fit.Line.Misfit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Crossovers(Utf8JsonWriter json, IReadOnlyList<Point> points)
    {
        json.WriteStartArray("crossovers");
        foreach (Crossover crossover in Analysis.Crossovers(points))
        {
            json.WriteStartObject();
            json.WriteString("cheaper_below", crossover.Below);
            json.WriteString("cheaper_above", crossover.Above);
            Of(json, crossover.Series);
            json.WriteString("ready", crossover.Series.Share.Text);
            json.WriteNumber("fds", Math.Round(crossover.Fds, 1));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Differences(Utf8JsonWriter json, IReadOnlyList<Point> points)
    {
        json.WriteStartArray("differences");
        foreach (PointDifference difference in Analysis.Differences(points))
        {
            json.WriteStartObject();
            json.WriteString("a", difference.A.Arm.Mechanism);
            json.WriteString("b", difference.B.Arm.Mechanism);
            json.WriteNumber("fds", difference.A.Arm.Fds);
            json.WriteNumber("ready", difference.A.Arm.Ready);
            Of(json, difference.A.Arm.Series);
            Comparison(json, difference.Comparison);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("waiting");
        foreach (PointDifference difference in Analysis.Waiting(points))
        {
            json.WriteStartObject();
            json.WriteString("mechanism", difference.A.Arm.Mechanism);
            json.WriteNumber("fds", difference.A.Arm.Fds);
            json.WriteNumber("ready", difference.A.Arm.Ready);
            json.WriteString("position", Lower(difference.A.Arm.Series.Position));
            json.WriteNumber("a_timeout_ms", difference.A.Arm.Series.TimeoutMs!.Value);
            json.WriteNumber("b_timeout_ms", difference.B.Arm.Series.TimeoutMs!.Value);
            Comparison(json, difference.Comparison);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Of(Utf8JsonWriter json, Series series)
    {
        json.WriteString("measure", series.Metric.Name());
        json.WriteNumberOrNull("timeout_ms", series.TimeoutMs);
        json.WriteString("position", Lower(series.Position));
    }

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
