using System.Globalization;
using System.Text.Json;
using NetTools.RawPing.PathMtu;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>A path MTU as a line or a JSON object.</summary>
internal static class PathMtuReport
{
    public static void WriteText(Output output, Target target, PathMtuResult result)
    {
        string who = result.Reporter != default ? $", reported by {result.Reporter}"
            : result.Mtu < result.Assumed ? ", and nobody reports it" : "";
        string what = result switch
        {
            { Mtu: int mtu } => Text($"path MTU {mtu} (assumed {result.Assumed}{who})"),
            { Interrupted: true, Passed: int passed } => Text($"interrupted: path MTU at least {passed}"),
            { Interrupted: true } => "interrupted before an answer",
            _ => "no answer",
        };
        output.WriteLine($"{target.Name} ({target.Address}): {what}");
    }

    public static void WriteJson(Output output, RunHead head, Target target, string socket, PathMtuResult result, bool isEvent)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter json = lines.Begin();
        if (isEvent)
        {
            JsonLinesReport.WriteHead(json, "summary");
            json.WriteBoolean("final", true);
        }

        head.Write(json, target, result.Interrupted);
        json.WriteString("socket", socket);
        json.WriteNumberOrNull("path_mtu_bytes", result.Mtu);
        json.WriteNumberOrNull("passed_bytes", result.Passed);
        json.WriteNumber("assumed_mtu_bytes", result.Assumed);
        json.WriteString("reported_by", result.Reporter != default ? result.Reporter.ToString() : null);
        lines.End();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
