using System.Text.Json;
using NetTools.EpollEcho.Check;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>
/// Prints what was seen of an echo server: a line a trial and the usual cause below a failed one, or one JSON object.
/// </summary>
internal static class CheckReport
{
    /// <summary>Prints the results.</summary>
    public static void Write(
        Output output, bool json, CheckSettings settings, IReadOnlyList<TrialResult> results, JsonHead head, bool interrupted)
    {
        int passed = results.Count(result => result.Seen.Passed == true);
        int failed = results.Count(result => result.Seen.Passed == false);
        if (json)
        {
            WriteJson(output, settings, results, head, interrupted, passed, failed);
            return;
        }

        int width = results.Select(result => result.Trial.Name.Length).DefaultIfEmpty(0).Max();
        foreach ((Trial trial, Seen seen) in results)
        {
            string verdict = seen.Passed switch { true => "passed", false => "FAILED", null => "-" };
            output.WriteLine($"{trial.Name.PadRight(width)}  {verdict,-6}  {seen.Text}");
            if (seen.Passed == false)
            {
                string indent = new(' ', width + 10);
                output.WriteLine($"{indent}usually: {trial.Cause}");
                output.WriteLine($"{indent}see {trial.See}");
            }
        }

        int untried = settings.Chosen.Count - passed - failed;
        string rest = (untried > 0 ? $", {untried} not tried" : "") + (interrupted ? "; interrupted" : "");
        output.WriteLine($"{settings.Target}: {passed} passed, {failed} failed{rest}");
    }

    private static void WriteJson(
        Output output, CheckSettings settings, IReadOnlyList<TrialResult> results, JsonHead head, bool interrupted,
        int passed, int failed)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        head.WriteTool(line);
        line.WriteString("subject", settings.Target.ToString());
        line.WriteStartArray("trials");
        foreach ((Trial trial, Seen seen) in results)
        {
            line.WriteStartObject();
            line.WriteString("name", trial.Name);
            if (seen.Passed is bool verdict)
            {
                line.WriteBoolean("passed", verdict);
            }
            else
            {
                line.WriteNull("passed");
            }

            line.WriteString("seen", seen.Text);
            line.WriteString("cause", trial.Cause);
            line.WriteString("see", trial.See);
            line.WriteEndObject();
        }

        line.WriteEndArray();
        line.WriteNumber("passed", passed);
        line.WriteNumber("failed", failed);
        line.WriteNumber("not_tried", settings.Chosen.Count - passed - failed);
        head.WriteRun(line, interrupted);
        JsonHead.WriteOptions(line);
        lines.End();
    }
}
