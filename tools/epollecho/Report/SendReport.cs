using System.Globalization;
using System.Text.Json;
using NetTools.EpollEcho.Send;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>What was sent to a group, as text or as one JSON object.</summary>
internal static class SendReport
{
    /// <summary>Prints the result.</summary>
    public static void Write(Output output, bool json, SendSettings settings, SendResult result, JsonHead head)
    {
        double seconds = result.DurationNs / 1e9;
        double rate = result.DurationNs > 0 ? result.Sent / seconds : 0;
        if (json)
        {
            WriteJson(output, settings, result, head, seconds, rate);
            return;
        }

        if (result.Unsent > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"FAILED: signal, {result.Unsent} not sent"));
        }

        string members = settings.Loop ? "members on this host included" : "not to members on this host";
        string way = $"by {settings.Interface ?? "the interface of the route"}, TTL {settings.Hops}, {members}";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{settings.Group}: sent {Figures.PlainCount(result.Sent, "datagram")}, {Figures.PlainCount(result.Bytes, "byte")}, "
            + $"in {seconds:F3} s, {rate:N0}/s; {way}"));
        if (result.Errors.Count > 0)
        {
            string hint = result.Errors.ContainsKey("enetunreach") ? " (name an interface: --interface NAME)" : "";
            string errors = string.Join(", ", result.Errors.Select(error => $"{error.Key} {error.Value}"));
            output.WriteLine($"errors: {errors}{hint}");
        }
    }

    private static void WriteJson(
        Output output, SendSettings settings, SendResult result, JsonHead head, double seconds, double rate)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        head.WriteTool(line);
        head.WriteRun(line, result.Interrupted);
        line.WriteStartObject("options");
        line.WriteString("group", settings.Group.ToString());
        line.WriteString("interface", settings.Interface);
        line.WriteNumber("ttl", settings.Hops);
        line.WriteBoolean("loop", settings.Loop);
        line.WriteNumber("rate_per_s", settings.Rate);
        line.WriteEndObject();
        line.WriteNumber("sent", result.Sent);
        line.WriteNumber("unsent", result.Unsent);
        line.WriteNumber("sent_bytes", result.Bytes);
        line.WriteNumber("duration_s", Math.Round(seconds, 6));
        line.WriteNumber("datagrams_per_s", Math.Round(rate, 3));
        line.WriteStartObject("errors");
        foreach ((string name, long count) in result.Errors)
        {
            line.WriteNumber(name, count);
        }

        line.WriteEndObject();
        lines.End();
    }
}
