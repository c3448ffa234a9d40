using System.Text.Json;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>The members that begin every final object: tool, command, target, version, times, options.</summary>
/// <param name="command">The mode: ping, trace, pmtu.</param>
internal sealed class RunHead(string command)
{
    private readonly JsonHead _head = new(command);

    /// <summary>A time as RFC 3339 in UTC, to the microsecond.</summary>
    /// <param name="realtime">CLOCK_REALTIME ns.</param>
    public static string Rfc3339(long realtime) => DateTime.UnixEpoch.AddTicks(realtime / 100)
        .ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Writes the members of the head.</summary>
    public void Write(Utf8JsonWriter json, Target target, bool interrupted)
    {
        _head.WriteTool(json);
        json.WriteString("target", target.Name);
        json.WriteString("address", target.Address.ToString());
        _head.WriteRun(json, interrupted);
        JsonHead.WriteOptions(json);
    }

    /// <summary>Writes the object of a name without an address, which was not pinged.</summary>
    public void Write(Utf8JsonWriter json, UnknownHost host, bool interrupted)
    {
        _head.WriteTool(json);
        json.WriteString("target", host.Name);
        json.WriteNull("address");
        _head.WriteRun(json, interrupted);
        JsonHead.WriteOptions(json);
        json.WriteString("error", host.Reason);
        json.WriteNumber("transmitted", 0);
        json.WriteNumber("received", 0);
        json.WriteNull("lost_percent");
    }
}
