using System.Text.Json;
using NetTools.Measure;
using NetTools.MuxBench.Measurement;
using NetTools.Terminal;

namespace NetTools.MuxBench.Report;

/// <summary>The results as one JSON object on one line.</summary>
internal static class JsonReport
{
    public static void Write(Results results, Output output)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        json.WriteString("tool", "muxbench");
        json.WriteStartObject("environment");
        results.Machine.Environment.WriteTo(json);
        json.WriteNumber("descriptor_limit", results.Machine.DescriptorLimit);
        json.WriteNumber("cpu_number", results.Machine.Cpu);
        Number(json, "clock_overhead_ns", results.Machine.ClockOverhead);
        json.WriteEndObject();
        json.WriteStartObject("options");
        json.WriteString("kind", results.Settings.Kind.ToString().ToLowerInvariant());
        json.WriteString("placement", results.Settings.Placement.ToString().ToLowerInvariant());
        json.WriteString("caches", results.Settings.Cold ? "cold" : "warm");
        json.WriteString("descriptor_table", results.Machine.OwnTable ? "own" : "shared");
        json.WriteNumber("blocks", results.Settings.Blocks);
        json.WriteEndObject();
        json.WriteStartArray("missing");
        foreach (string missing in results.Missing)
        {
            json.WriteStringValue(missing);
        }

        json.WriteEndArray();
        json.WriteBoolean("interrupted", results.Interrupted);

        json.WriteStartArray("points");
        foreach (Point point in results.Points)
        {
            json.WriteStartObject();
            json.WriteString("mechanism", point.Arm.Mechanism);
            json.WriteNumber("fds", point.Arm.Fds);
            json.WriteNumber("max_fd", point.Arm.MaxFd);
            json.WriteNumber("ready", point.Arm.Ready);
            Number(json, "median_ns", point.Nanoseconds.Value);
            Range(json, "ci95_ns", point.Nanoseconds.Interval);
            json.WriteNumber("samples", point.Samples.Length);
            json.WriteString("measure", point.Arm.Series.Metric.Name());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("fits");
        foreach (Fit fit in Analysis.Fits(results.Points))
        {
            json.WriteStartObject();
            json.WriteString("mechanism", fit.Mechanism);
            Number(json, "fixed_ns", fit.Line.Fixed);
            Number(json, "per_fd_ns", fit.Line.Slope);
            json.WriteString("order", fit.Order);
            json.WriteString("measure", fit.Series.Metric.Name());
            json.WriteString("ready", fit.Series.Share.Text);
            Range(json, "per_fd_ci95_ns", fit.Line.SlopeInterval);
            json.WriteNumber("order_bound_ns", Fit.Bound);
            Number(json, "misfit_percent", 100 * fit.Line.Misfit);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("crossovers");
        foreach (Crossover crossover in Analysis.Crossovers(results.Points))
        {
            json.WriteStartObject();
            json.WriteString("cheaper_below", crossover.Below);
            json.WriteString("cheaper_above", crossover.Above);
            json.WriteString("measure", crossover.Series.Metric.Name());
            json.WriteString("ready", crossover.Series.Share.Text);
            json.WriteNumber("fds", Math.Round(crossover.Fds, 1));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        lines.End();
    }

    private static void Range(Utf8JsonWriter json, string name, Interval interval)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(Math.Round(interval.Low, 4));
        json.WriteNumberValue(Math.Round(interval.High, 4));
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, double value) => json.WriteNumber(name, Math.Round(value, 4));
}
