using System.Text.Json;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>Results for scripts: one object, as the report contract names its fields.</summary>
internal static class JsonReport
{
    // A thousandth of a microsecond or of a megabyte per second is beyond any of the measurements.
    private const int Digits = 3;

    private static readonly (string Name, double Fraction)[] s_percentiles =
        [("min", 0), ("p5", 0.05), ("p25", 0.25), ("p50", 0.5), ("p75", 0.75), ("p95", 0.95), ("p99", 0.99), ("max", 1)];

    /// <summary>Writes the object and its line end.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="head">Made when the run started.</param>
    /// <param name="run">What was found.</param>
    public static void Write(Output output, JsonHead head, RunResult run)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        head.WriteTool(json);
        head.WriteRun(json, run.Interrupted);
        JsonHead.WriteOptions(json);
        WriteSettings(json, run);
        json.WriteNumber("blocks", run.Settings.Blocks);
        json.WriteNumber("seed", run.Settings.Seed);
        json.WriteString("server", run.Server ?? "local");
        if (run.Path is { } path)
        {
            json.WriteStartObject("path");
            json.WriteNumberOrNull("rtt_us", path.RoundTripUs, Digits);
            json.WriteNumberOrNull("mtu_bytes", path.MtuBytes, Digits);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("path");
        }

        json.WriteStartObject("environment");
        run.Environment.WriteTo(json);
        json.WriteEndObject();
        json.WriteStartArray("experiments");
        foreach (ExperimentResult result in run.Experiments)
        {
            Write(json, result);
        }

        json.WriteEndArray();
        json.WriteStartArray("durations");
        foreach (Duration duration in run.Durations)
        {
            json.WriteStartObject();
            json.WriteString("name", duration.Name);
            json.WriteNumberOrNull("took_s", duration.TookS, Digits);
            json.WriteNumberOrNull("budget_s", duration.BudgetS, Digits);
            json.WriteString("broken_off", duration.BrokenOff);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        lines.End();
    }

    private static void WriteSettings(Utf8JsonWriter json, RunResult run)
    {
        RunSettings settings = run.Settings;
        json.WriteStartObject("settings");
        json.WriteNumber("time_s", settings.SecondsPerArm);
        json.WriteBoolean("quick", run.Quick);
        json.WriteNumber("bytes", settings.BytesPerArm);
        json.WriteNumber("blocks", settings.Blocks);
        json.WriteNumber("confidence_percent", Round(settings.Confidence * 100));
        json.WriteNumber("smallest_effect_percent", Round(settings.SmallestEffect * 100));
        json.WriteString("congestion", settings.Congestion);
        json.WriteNumber("size_bytes", settings.MessageBytes);
        json.WriteBoolean("let_idle", run.LetIdle);
        json.WriteBoolean("aa", settings.CompareWithItself);
        json.WriteNumber("seed", settings.Seed);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, ExperimentResult result)
    {
        json.WriteStartObject();
        json.WriteString("name", result.Name);
        json.WriteString("pattern", result.Pattern);
        json.WriteString("unit", result.Unit);
        json.WriteString("done", result.Done);
        json.WriteString("not_run", result.NotRunBecause);
        json.WriteStartArray("arms");
        foreach (ArmResult arm in result.Arms)
        {
            WriteArm(json, arm);
        }

        json.WriteEndArray();
        json.WriteStartArray("differences");
        foreach (DifferenceResult difference in result.Differences)
        {
            json.WriteStartObject();
            json.WriteString("a", difference.A);
            json.WriteString("b", difference.B);
            WriteEstimate(json, difference.Median, difference.Usual);
            json.WriteNumberOrNull("relative_percent", difference.Relative?.Value * 100, Digits);
            json.WriteNumberOrNull("noise_floor_percent", difference.NoiseFloor * 100, Digits);
            json.WriteString("verdict", difference.Verdict.Text());
            json.WriteNumberOrNull("blocks_to_decide", difference.BlocksToDecide, Digits);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (result.Facts is FactTable facts)
        {
            WriteFacts(json, facts);
        }

        result.Disturbance?.WriteTo(json);
        json.WriteString("meaning", result.Meaning);
        json.WriteString("textbook", result.Textbook);
        json.WriteEndObject();
    }

    private static void WriteArm(Utf8JsonWriter json, ArmResult arm)
    {
        json.WriteStartObject();
        json.WriteString("name", arm.Name);
        json.WriteNumberOrNull("requested", arm.Requested, Digits);
        json.WriteNumberOrNull("effective", arm.Effective, Digits);
        WriteEstimate(json, arm.Median, arm.Usual);
        json.WriteNumber("samples", arm.Samples.Count);
        json.WriteBoolean("steady", arm.Steady);
        json.WriteStartArray("blocks");
        foreach (double block in arm.Blocks)
        {
            json.WriteNumberValue(Round(block));
        }

        json.WriteEndArray();
        WritePercentiles(json, arm.Samples);
        if (arm.Congestion is string congestion)
        {
            json.WriteString("congestion_control", congestion);
        }

        if (arm.Tcp is (TcpInfo before, TcpInfo after))
        {
            WriteTcp(json, "tcp_before", before);
            WriteTcp(json, "tcp_after", after);
        }

        if (arm.FarTcp is (TcpInfo farBefore, TcpInfo farAfter))
        {
            WriteTcp(json, "far_tcp_before", farBefore);
            WriteTcp(json, "far_tcp_after", farAfter);
        }

        if (arm.Cost is CpuCost cost)
        {
            json.WriteNumber("retransmits", cost.Retransmits);
            json.WriteNumberOrNull("cpu_ns_per_byte", cost.NearNsPerByte, 4);
            json.WriteNumberOrNull("far_cpu_ns_per_byte", cost.FarNsPerByte, 4);
        }

        json.WriteEndObject();
    }

    private static void WritePercentiles(Utf8JsonWriter json, IReadOnlyList<double> samples)
    {
        if (samples.Count == 0)
        {
            json.WriteNull("percentiles");
            return;
        }

        double[] sorted = [.. samples.Order()];
        json.WriteStartObject("percentiles");
        foreach ((string name, double fraction) in s_percentiles)
        {
            json.WriteNumberOrNull(name, Statistics.KnownQuantile(sorted, fraction), Digits);
        }

        json.WriteEndObject();
    }

    private static void WriteFacts(Utf8JsonWriter json, FactTable facts)
    {
        json.WriteStartArray("facts");
        foreach (Fact[] row in facts.Rows)
        {
            json.WriteStartObject();
            for (int i = 0; i < row.Length; i++)
            {
                if (row[i].IsWord)
                {
                    json.WriteString(facts.Columns[i], row[i].Word);
                }
                else
                {
                    json.WriteNumberOrNull(facts.Columns[i], row[i].Number, Digits);
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTcp(Utf8JsonWriter json, string name, TcpInfo info)
    {
        json.WriteStartObject(name);
        json.WriteNumber("rtt_us", info.RttUs);
        json.WriteNumberOrNull("min_rtt_us", Known(info.MinRttUs), Digits);
        json.WriteNumber("cwnd", info.Cwnd);
        json.WriteNumber("retransmits", info.Retransmits);
        json.WriteNumberOrNull("delivery_rate_bytes_per_s", Known(info.DeliveryRate), Digits);
        json.WriteNumberOrNull("send_window_bytes", Known(info.SendWindow), Digits);
        json.WriteNumber("send_window_scale", info.SendWindowScale);
        json.WriteNumber("receive_window_scale", info.ReceiveWindowScale);
        json.WriteNumberOrNull("receive_window_bytes", Known(info.ReceiveWindow), Digits);
        json.WriteNumber("data_segments_out", info.DataSegmentsOut);
        json.WriteNumber("data_segments_in", info.DataSegmentsIn);
        json.WriteEndObject();
    }

    /// <summary>The kernel's 0 for what it has not seen yet, or is too old to know.</summary>
    private static double? Known(ulong value) => value == 0 ? null : value;

    private static void WriteEstimate(Utf8JsonWriter json, MedianEstimate estimate, Interval? usual)
    {
        json.WriteNumber("median", Round(estimate.Value));
        WriteInterval(json, "ci95", usual);
        WriteInterval(json, "range", estimate.Range);
        if (estimate.Confidence != MedianEstimate.UsualConfidence)
        {
            json.WriteNumber("confidence_percent", Round(estimate.Confidence * 100));
            WriteInterval(json, "interval", estimate.Interval);
        }
    }

    private static void WriteInterval(Utf8JsonWriter json, string name, Interval? interval)
    {
        if (interval is not Interval known)
        {
            json.WriteNull(name);
            return;
        }

        json.WriteStartArray(name);
        json.WriteNumberValue(Round(known.Low));
        json.WriteNumberValue(Round(known.High));
        json.WriteEndArray();
    }

    private static double Round(double value) => Math.Round(value, Digits);
}
