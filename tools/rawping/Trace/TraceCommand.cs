using System.Text.Json;
using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Report;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Trace;

/// <summary>Runs <c>--trace</c>.</summary>
internal static class TraceCommand
{
    /// <returns>0 when the host was reached, else 1.</returns>
    public static int Run(PingSettings base_, PingOptions options, RawSockets sockets, Output output)
    {
        bool machine = options.Json || options.JsonLines || options.Csv;
        bool live = output.IsTerminal && !machine && !options.Report && Keyboard.IsTerminal;
        TraceSettings settings = TraceSettings.Read(base_, options, live);
        RunHead head = new("trace");
        HostNames names = options.Numeric || machine || System.Net.IPAddress.TryParse(settings.Target.Name, out _)
            ? HostNames.None : HostNames.OfSystem();
        TraceReport report = new(names);
        TraceResults results;
        if (live)
        {
            using LiveTrace screen = new(output, report);
            results = Trace(settings, sockets, screen);
        }
        else if (options.JsonLines)
        {
            using JsonLines lines = new(output);
            results = Trace(settings, sockets, options.Quiet ? new Silent() : new HopLines(lines, output));
            Utf8JsonWriter json = lines.Begin();
            JsonLinesReport.WriteHead(json, "summary");
            json.WriteBoolean("final", true);
            head.Write(json, settings.Target, results.Interrupted);
            TraceReport.WriteMembers(json, results);
            lines.End();
        }
        else
        {
            results = Trace(settings, sockets, new Silent());
        }

        if (options.Json)
        {
            TraceReport.WriteJson(output, head, results);
        }
        else if (options.Csv)
        {
            CsvReport.Write(output, results);
        }
        else if (!options.JsonLines)
        {
            report.WriteTable(output, results);
        }

        return results.IsReached ? ExitCode.Success : ExitCode.Negative;
    }

    private static TraceResults Trace(TraceSettings settings, RawSockets sockets, ITraceObserver observer)
    {
        using Tracer tracer = new(settings, sockets, observer);
        using StopSignals stop = new();
        if (observer is LiveTrace live)
        {
            live.OnReset = tracer.Reset;
        }

        return tracer.Run(stop);
    }

    private sealed class Silent : ITraceObserver;

    private sealed class HopLines(JsonLines lines, Output output) : ITraceObserver
    {
        public void Answered(TraceResults results, int ttl, HostAddress from, long rtt, string? error)
        {
            Utf8JsonWriter json = Begin("hop", results, ttl);
            json.WriteString("from", from.ToString());
            json.WriteNumber("rtt_ms", JsonCounts.Milliseconds(rtt));
            json.WriteString("error", error);
            End();
        }

        public void Lost(TraceResults results, int ttl, LossReason reason)
        {
            Begin("lost", results, ttl).WriteString("reason", reason == LossReason.Local ? "local" : "timeout");
            End();
        }

        public void Again(TraceResults results, int ttl, HostAddress from, bool isLate)
        {
            Begin(isLate ? "late" : "duplicate", results, ttl).WriteString("from", from.ToString());
            End();
        }

        private Utf8JsonWriter Begin(string name, TraceResults results, int ttl)
        {
            Utf8JsonWriter json = lines.Begin();
            JsonLinesReport.WriteHead(json, name);
            json.WriteString("target", results.Settings.Target.Name);
            json.WriteString("address", results.Settings.Target.Address.ToString());
            json.WriteNumber("ttl", ttl);
            return json;
        }

        private void End()
        {
            lines.End();
            output.Flush();
        }
    }
}
