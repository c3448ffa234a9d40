using System.Text.Json;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>Results for scripts: one object, as the report contract names its fields.</summary>
internal static class JsonReport
{
    /// <summary>Writes the object and its line end.</summary>
    public static void Write(Output output, MeasuringEnvironment environment, IEnumerable<ExperimentResult> results)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        json.WriteString("tool", "optbench");
        json.WriteStartObject("environment");
        environment.WriteTo(json);
        json.WriteEndObject();
        json.WriteStartArray("experiments");
        foreach (ExperimentResult result in results)
        {
            Write(json, result);
        }

        json.WriteEndArray();
        lines.End();
    }

    private static void Write(Utf8JsonWriter json, ExperimentResult result)
    {
        json.WriteStartObject();
        json.WriteString("name", result.Name);
        json.WriteString("pattern", result.Pattern);
        json.WriteString("unit", result.Unit);
        json.WriteString("done", result.Done);
        json.WriteStartArray("arms");
        foreach (ArmResult arm in result.Arms)
        {
            json.WriteStartObject();
            json.WriteString("name", arm.Name);
            WriteNumber(json, "requested", arm.Requested);
            WriteNumber(json, "effective", arm.Effective);
            WriteEstimate(json, arm.Median, arm.Usual);
            json.WriteNumber("samples", arm.Samples.Count);
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
                json.WriteNumber("cpu_ns_per_byte", Math.Round(cost.NearNsPerByte, 4));
                json.WriteNumber("far_cpu_ns_per_byte", Math.Round(cost.FarNsPerByte, 4));
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("differences");
        foreach (DifferenceResult difference in result.Differences)
        {
            json.WriteStartObject();
            json.WriteString("a", difference.A);
            json.WriteString("b", difference.B);
            WriteEstimate(json, difference.Median, difference.Usual);
            json.WriteString("verdict", difference.Verdict.Text());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (result.Facts is FactTable facts)
        {
            json.WriteStartArray("facts");
            foreach (string[] row in facts.Rows)
            {
                json.WriteStartObject();
                for (int i = 0; i < row.Length; i++)
                {
                    json.WriteString(facts.Columns[i], row[i]);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        json.WriteString("meaning", result.Meaning);
        json.WriteString("textbook", result.Textbook);
        json.WriteEndObject();
    }

    private static void WriteTcp(Utf8JsonWriter json, string name, TcpInfo info)
    {
        json.WriteStartObject(name);
        json.WriteNumber("rtt_us", info.RttUs);
        json.WriteNumber("min_rtt_us", info.MinRttUs);
        json.WriteNumber("cwnd", info.Cwnd);
        json.WriteNumber("retransmits", info.Retransmits);
        json.WriteNumber("delivery_rate_bytes_per_s", info.DeliveryRate);
        json.WriteNumber("send_window_bytes", info.SendWindow);
        json.WriteNumber("send_window_scale", info.SendWindowScale);
        json.WriteNumber("receive_window_scale", info.ReceiveWindowScale);
        json.WriteNumber("receive_window_bytes", info.ReceiveWindow);
        json.WriteNumber("data_segments_out", info.DataSegmentsOut);
        json.WriteNumber("data_segments_in", info.DataSegmentsIn);
        json.WriteEndObject();
    }

    private static void WriteEstimate(Utf8JsonWriter json, Estimate estimate, Interval? usual)
    {
        json.WriteNumber("median", Round(estimate.Value));
        WriteInterval(json, "ci95", usual ?? estimate.Interval);
        if (estimate.Confidence != Estimate.Usual)
        {
            json.WriteNumber("confidence_percent", Round(estimate.Confidence * 100));
            WriteInterval(json, "interval", estimate.Interval);
        }
    }

    private static void WriteInterval(Utf8JsonWriter json, string name, Interval interval)
    {
        json.WriteStartArray(name);
        json.WriteNumberValue(Round(interval.Low));
        json.WriteNumberValue(Round(interval.High));
        json.WriteEndArray();
    }

    /// <summary>A thousandth of a microsecond or of a megabyte per second is beyond any of the measurements.</summary>
    private static double Round(double value) => Math.Round(value, 3);

    private static void WriteNumber(Utf8JsonWriter json, string name, long? value)
    {
        if (value is long number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
