using System.Globalization;
using System.Text.Json;
using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>
/// Writes what was found out about a program: a table or one JSON object to standard output, and the files that were asked for.
/// The files are made before the work begins.
/// </summary>
public sealed class ExamReport : IDisposable
{
    private const int MostPoints = 64 * 1024;

    private readonly JsonHead _head = new("check");
    private readonly bool _json;
    private readonly OutputFile? _html;
    private readonly OutputFile? _junit;
    private readonly OutputFile? _gradescope;
    private readonly Dictionary<string, double>? _points;

    /// <summary>Makes the files.</summary>
    /// <param name="options">Which.</param>
    /// <param name="all">Every trial there is, for the list of points.</param>
    /// <exception cref="OperationFailedException">A file cannot be made, or the list of points is wrong.</exception>
    public ExamReport(ExamOptions options, IReadOnlyList<ExamTrial> all)
    {
        if (options.Points is not null && options.Gradescope is null)
        {
            throw new OperationFailedException("--points is for --gradescope", "add --gradescope results.json");
        }

        _json = options.Json;
        _points = options.Points is null ? null
            : ReadPoints(System.Text.Encoding.UTF8.GetString(UserFile.Read(options.Points, MostPoints)), options.Points, all);
        _html = Made(options.Html);
        _junit = Made(options.Junit);
        _gradescope = Made(options.Gradescope);
    }

    /// <summary>Writes all of it.</summary>
    public void Write(ExamSheet sheet)
    {
        WriteFile(_html, sheet, ExamPage.Write);
        WriteFile(_junit, sheet, ExamJunit.Write);
        WriteFile(_gradescope, sheet, (output, it) => ExamPoints.Write(output, it, _points));
        if (_json)
        {
            WriteJson(Output.Standard, sheet);
        }
        else
        {
            WriteTable(Output.Standard, sheet);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _html?.Dispose();
        _junit?.Dispose();
        _gradescope?.Dispose();
    }

    /// <summary>Reads a list of points: lines of a trial's name and a number; what follows a # is not read.</summary>
    /// <exception cref="OperationFailedException">A line is not like that, or names no trial.</exception>
    public static Dictionary<string, double> ReadPoints(string text, string file, IReadOnlyList<ExamTrial> all)
    {
        Dictionary<string, double> points = [];
        foreach ((int number, string line) in text.Split('\n').Index())
        {
            string[] words = line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            string place = $"{file}, line {number + 1}";
            if (words.Length != 2 || !double.TryParse(words[1], CultureInfo.InvariantCulture, out double value)
                || !double.IsFinite(value) || value < 0)
            {
                throw new OperationFailedException($"{place}: a trial and its points are expected, such as: bytes 2");
            }

            if (all.All(trial => trial.Name != words[0]))
            {
                throw new OperationFailedException($"{place}: '{Escape.Terminal(words[0])}' is not a trial");
            }

            points[words[0]] = value;
        }

        return points;
    }

    /// <summary>Prints a line a trial, and below a failed one its usual cause.</summary>
    public static void WriteTable(Output output, ExamSheet sheet)
    {
        int width = sheet.Results.Select(result => result.Trial.Name.Length).DefaultIfEmpty(0).Max();
        foreach (ExamResult result in sheet.Results)
        {
            string seen = Escape.Terminal(result.Seen);
            output.WriteLine($"{result.Trial.Name.PadRight(width)}  {ExamSheet.Word(result),-6}  {seen}");
            if (result.Passed == false)
            {
                string indent = new(' ', width + 10);
                output.WriteLine($"{indent}usually: {result.Trial.Cause}");
                output.WriteLine($"{indent}see {result.Trial.See}");
            }
        }

        output.WriteLine($"{Escape.Terminal(sheet.Subject)}: {sheet.Verdict}");
    }

    private static OutputFile? Made(string? path) => path is null ? null : new OutputFile(path);

    private static void WriteFile(OutputFile? file, ExamSheet sheet, Action<Output, ExamSheet> write)
    {
        if (file is not null)
        {
            write(file.Output, sheet);
            file.Output.Flush();
        }
    }

    private void WriteJson(Output output, ExamSheet sheet)
    {
        using JsonLines lines = new(output);
        Utf8JsonWriter line = lines.Begin();
        _head.WriteTool(line);
        line.WriteString("subject", sheet.Subject);
        line.WriteString("profile", sheet.Profile == ExamProfile.Basic ? "basic" : "full");
        line.WriteStartArray("trials");
        foreach (ExamResult result in sheet.Results)
        {
            line.WriteStartObject();
            line.WriteString("name", result.Trial.Name);
            line.WriteBoolean("required", result.IsRequired);
            if (result.Passed is bool verdict)
            {
                line.WriteBoolean("passed", verdict);
            }
            else
            {
                line.WriteNull("passed");
            }

            line.WriteString("seen", result.Seen);
            line.WriteString("cause", result.Trial.Cause);
            line.WriteString("see", result.Trial.See);
            line.WriteNumber("duration_s", Math.Round(result.Seconds, 3));
            line.WriteEndObject();
        }

        line.WriteEndArray();
        line.WriteNumber("passed", sheet.Passed);
        line.WriteNumber("failed", sheet.Failed);
        line.WriteNumber("noted", sheet.NotedFailed);
        line.WriteNumber("not_tried", sheet.NotTried);
        _head.WriteRun(line, sheet.Interrupted);
        JsonHead.WriteOptions(line);
        lines.End();
    }
}
