using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>One JSON object per event as it happens, each written out at once.</summary>
/// <param name="output">Where to.</param>
/// <param name="run">Start and command.</param>
/// <param name="settings">The settings of the run.</param>
/// <param name="quiet">Summaries only.</param>
internal sealed class JsonLinesReport(Output output, RunHead run, PingSettings settings, bool quiet) : IPingObserver, IDisposable
{
    private readonly JsonLines _lines = new(output);

    public void Sent(TargetResult target, long sequence)
    {
        if (Begin("sent", target.Target, sequence) is not null)
        {
            End();
        }
    }

    public void Replied(TargetResult target, in Reply reply, Verdict verdict, ReadOnlySpan<byte> options)
    {
        string name = verdict switch
        {
            Verdict.Duplicate => "duplicate",
            Verdict.Late => "late",
            _ => "reply",
        };
        if (Begin(name, target.Target) is Utf8JsonWriter json)
        {
            JsonReport.WriteReply(json, reply);
            End();
        }
    }

    public void Rejected(TargetResult? target, HostAddress from, ReadOnlySpan<byte> message, long sequence, Verdict verdict)
    {
        if (Begin("error", target?.Target, sequence) is Utf8JsonWriter json)
        {
            json.WriteString("kind", "rejected");
            json.WriteString("from", from.ToString());
            json.WriteString("reason", verdict switch
            {
                Verdict.BadChecksum => "bad_checksum",
                Verdict.WrongData => "wrong_data",
                Verdict.WrongLength => "wrong_length",
                Verdict.WrongNonce => "wrong_nonce",
                Verdict.WrongSource => "wrong_source",
                _ => "never_sent",
            });
            End();
        }
    }

    public void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
        if (IcmpHeader.TryRead(message, out IcmpHeader icmp) && Begin("error", target.Target) is Utf8JsonWriter json)
        {
            PathError error = new(about.Sequence, about.From, icmp);
            json.WriteString("kind", error.IsAdvice ? "advice" : "icmp");
            error.Write(json);
            End();
        }
    }

    public void Delayed(TargetResult target, long sequence, int errno) => WriteErrno(target, sequence, errno, "delayed");

    public void NotSent(TargetResult target, long sequence, int errno)
    {
        WriteErrno(target, sequence, errno, "send");
        WriteLost(target, sequence, "local");
    }

    public void Lost(TargetResult target, long sequence, LossReason reason) =>
        WriteLost(target, sequence, reason == LossReason.Error ? "error" : "timeout");

    public void InFlight(TargetResult target, long sequence)
    {
        if (Begin("in_flight", target.Target, sequence) is not null)
        {
            End();
        }
    }

    public void Periodic(IReadOnlyList<TargetResult> targets)
    {
        foreach (TargetResult target in targets)
        {
            Utf8JsonWriter json = BeginAlways("summary", target.Target);
            json.WriteBoolean("final", false);
            JsonCounts.Write(json, target, strangers: null);
            End();
        }
    }

    /// <summary>Writes the final summaries, those of unresolved names last.</summary>
    public void WriteSummary(PingResults results)
    {
        foreach (TargetResult target in results.Targets)
        {
            Utf8JsonWriter json = BeginSummary();
            run.Write(json, target.Target, results.Interrupted);
            JsonCounts.Write(json, target, results.Strangers);
            End();
        }

        foreach (UnknownHost host in settings.Unknown)
        {
            Utf8JsonWriter json = BeginSummary();
            run.Write(json, host, results.Interrupted);
            End();
        }
    }

    /// <summary>Writes the members that begin each event.</summary>
    public static void WriteHead(Utf8JsonWriter json, string name)
    {
        long now = Clock.RealtimeNanoseconds;
        json.WriteString("event", name);
        json.WriteString("time", RunHead.Rfc3339(now));
        json.WriteString("time_ns", now.ToString(CultureInfo.InvariantCulture));
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private Utf8JsonWriter BeginSummary()
    {
        Utf8JsonWriter json = _lines.Begin();
        WriteHead(json, "summary");
        json.WriteBoolean("final", true);
        return json;
    }

    private void WriteErrno(TargetResult target, long sequence, int errno, string kind)
    {
        if (Begin("error", target.Target, sequence) is Utf8JsonWriter json)
        {
            json.WriteString("kind", kind);
            json.WriteString("errno", Errno.Name(errno));
            json.WriteString("text", Errno.Describe(errno));
            End();
        }
    }

    private void WriteLost(TargetResult target, long sequence, string reason)
    {
        if (Begin("lost", target.Target, sequence) is Utf8JsonWriter json)
        {
            json.WriteString("reason", reason);
            End();
        }
    }

    // Null when single events are not wanted.
    private Utf8JsonWriter? Begin(string name, Target? target, long sequence = 0)
    {
        if (quiet)
        {
            return null;
        }

        Utf8JsonWriter json = BeginAlways(name, target);
        if (sequence > 0)
        {
            json.WriteNumber("seq", sequence);
        }

        return json;
    }

    private Utf8JsonWriter BeginAlways(string name, Target? target)
    {
        Utf8JsonWriter json = _lines.Begin();
        WriteHead(json, name);
        json.WriteString("target", target?.Name);
        json.WriteString("address", target?.Address.ToString());
        return json;
    }

    private void End()
    {
        _lines.End();
        output.Flush();
    }
}
