using System.Globalization;
using System.Text;
using NetTools.Os;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>
/// Counters and times of each host as a file that Prometheus reads: the text exposition format, for node_exporter's textfile
/// collector. A reader finds the old file or the new one, never a part of one.
/// </summary>
/// <param name="path">The file; the new one is written beside it first.</param>
/// <param name="unknown">Names without an address.</param>
internal sealed class PrometheusReport(string path, IReadOnlyList<UnknownHost> unknown)
{
    private static readonly (string Name, string Help, Func<TargetResult, long> Value)[] s_counters =
    [
        ("due", "Requests whose time to be sent has come.", target => target.Due),
        ("transmitted", "Requests sent.", target => target.Transmitted),
        ("received", "Requests answered in time.", target => target.Received),
        ("lost", "Requests without a reply in time, unsent ones among them.", target => target.Lost),
        ("errors", "Requests about which an ICMP error came, or that could not be sent.", target => target.Errors),
        ("duplicates", "Further replies to answered requests.", target => target.Duplicates),
        ("corrupted", "Replies with a wrong checksum, length or data.", target => target.Corrupted),
        ("late", "Replies after the timeout.", target => target.Late),
        ("reordered", "Replies overtaken by the reply to a later request.", target => target.Reordered),
        ("rejected", "Messages that are not replies.", target => target.Rejected.Total),
    ];

    private string _path = path;
    private bool _failed;

    /// <summary>Writes the file for the first time.</summary>
    /// <exception cref="OperationFailedException">It cannot be written: EACCES, ENOENT, or it is not a regular file.</exception>
    public void Begin(IReadOnlyList<TargetResult> targets)
    {
        _path = UserFile.Replaceable(_path);
        Replace(targets);
    }

    /// <summary>Writes the file again; a failure is reported once and does not end the run.</summary>
    public void Write(IReadOnlyList<TargetResult> targets)
    {
        try
        {
            Replace(targets);
            _failed = false;
        }
        catch (OperationFailedException e)
        {
            if (!_failed)
            {
                ErrorLine.Write(e.Message);
            }

            _failed = true;
        }
    }

    /// <summary>The text of the file.</summary>
    /// <param name="targets">The hosts, in the order of the command line.</param>
    /// <param name="realtime">Time of writing, CLOCK_REALTIME ns.</param>
    public string Text(IReadOnlyList<TargetResult> targets, long realtime)
    {
        string[] labels = LabelsOf(targets);
        StringBuilder text = new();
        foreach ((string name, string help, Func<TargetResult, long> value) in s_counters)
        {
            Head(text, $"rawping_{name}_total", "counter", help);
            for (int i = 0; i < targets.Count; i++)
            {
                Line(text, $"rawping_{name}_total", labels[i], value(targets[i]));
            }
        }

        Head(text, "rawping_send_errors_total", "counter", "Requests that the kernel did not send, by error.");
        for (int i = 0; i < targets.Count; i++)
        {
            foreach ((int errno, long count) in targets[i].SendErrors ?? [])
            {
                Line(text, "rawping_send_errors_total", $"{labels[i]},errno=\"{Errno.Name(errno)}\"", count);
            }
        }

        AddTimes(text, targets, labels, "rawping_rtt_seconds", "Round trips.", target => target.Rtt);
        AddTimes(text, targets, labels, "rawping_kernel_rtt_seconds", "Round trips between the kernel's stamps.",
            target => target.KernelRtt);
        Head(text, "rawping_unresolved", "gauge", "1 for a name without an address.");
        foreach (UnknownHost host in unknown)
        {
            Line(text, "rawping_unresolved", $"target=\"{Escaped(host.Name)}\"", 1);
        }

        Head(text, "rawping_last_write_timestamp_seconds", "gauge", "Time when this file was written.");
        Line(text, "rawping_last_write_timestamp_seconds", "", (double)realtime / TimeUnits.Second);
        return text.ToString();
    }

    private void Replace(IReadOnlyList<TargetResult> targets)
    {
        string beside = string.Create(CultureInfo.InvariantCulture, $"{_path}.{Environment.ProcessId}.tmp");
        using (OutputFile file = new(beside))
        {
            file.Output.Write(Text(targets, Clock.RealtimeNanoseconds));
            file.Output.Flush();
        }

        UserFile.Rename(beside, _path);
    }

    private static void AddTimes(StringBuilder text, IReadOnlyList<TargetResult> targets, string[] labels, string name,
        string help, Func<TargetResult, RttSummary> times)
    {
        Head(text, name, "summary", help);
        for (int i = 0; i < targets.Count; i++)
        {
            RttSummary rtt = times(targets[i]);
            foreach (int percent in rtt.Count > 0 ? (int[])[50, 95, 99] : [])
            {
                string quantile = (percent / 100.0).ToString(CultureInfo.InvariantCulture);
                Line(text, name, $"{labels[i]},quantile=\"{quantile}\"", rtt.Percentile(percent) / (double)TimeUnits.Second);
            }

            Line(text, $"{name}_sum", labels[i], rtt.Average * rtt.Count / TimeUnits.Second);
            Line(text, $"{name}_count", labels[i], rtt.Count);
        }
    }

    // A host that is named twice would give two lines one name, which Prometheus refuses.
    private static string[] LabelsOf(IReadOnlyList<TargetResult> targets)
    {
        Dictionary<string, int> seen = [];
        string[] labels = new string[targets.Count];
        for (int i = 0; i < labels.Length; i++)
        {
            Target target = targets[i].Target;
            string label = $"target=\"{Escaped(target.Name)}\",address=\"{target.Address}\"";
            int ordinal = seen[label] = seen.GetValueOrDefault(label) + 1;
            labels[i] = ordinal == 1 ? label : string.Create(CultureInfo.InvariantCulture, $"{label},ordinal=\"{ordinal}\"");
        }

        return labels;
    }

    private static string Escaped(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal);

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append("\n# TYPE ").Append(name).Append(' ').Append(type)
            .Append('\n');

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
    }
}
