using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Send;

/// <summary><c>epollecho send</c>.</summary>
internal static class SendCommand
{
    /// <summary>Sends and says what was sent.</summary>
    /// <returns>The exit code: 1 when the kernel refused any.</returns>
    public static int Run(SendSettings settings, bool json, bool noSandbox)
    {
        using SignalDescriptor signals = new(SIGINT, SIGTERM, SIGHUP);
        using GroupSender sender = new(settings, signals);
        Privileges.DropAll();
        Sandbox.Enter(Allowances.None, noSandbox);
        SendResult result = sender.Run();
        Write(Output.Standard, json, settings, result);
        return result.Errors.Count == 0 ? ExitCode.Success : ExitCode.Negative;
    }

    /// <summary>Prints the result.</summary>
    public static void Write(Output output, bool json, SendSettings settings, SendResult result)
    {
        double seconds = result.DurationNs / 1e9;
        double rate = result.DurationNs > 0 ? result.Sent / seconds : 0;
        if (!json)
        {
            string members = settings.Loop ? "members on this host included" : "not to members on this host";
            string way = $"by {settings.Interface ?? "the interface of the route"}, TTL {settings.Hops}, {members}";
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{settings.Group}: sent {result.Sent} datagrams, {result.Bytes} bytes, in {seconds:F3} s, {rate:N0}/s; {way}"));
            if (result.Errors.Count > 0)
            {
                string hint = result.Errors.ContainsKey("enetunreach") ? " (name an interface: --interface NAME)" : "";
                string errors = string.Join(", ", result.Errors.Select(error => $"{error.Key} {error.Value}"));
                output.WriteLine($"errors: {errors}{hint}");
            }

            return;
        }

        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        line.WriteString("tool", "epollecho");
        line.WriteString("command", "send");
        line.WriteStartObject("options");
        line.WriteString("group", settings.Group.ToString());
        line.WriteString("interface", settings.Interface);
        line.WriteNumber("ttl", settings.Hops);
        line.WriteBoolean("loop", settings.Loop);
        line.WriteNumber("rate_per_s", settings.Rate);
        line.WriteEndObject();
        line.WriteNumber("sent", result.Sent);
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
