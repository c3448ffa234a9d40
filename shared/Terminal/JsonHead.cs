using System.Globalization;
using System.Text.Json;

namespace NetTools.Terminal;

/// <summary>What every tool's final JSON object says of the run itself. Make one when the run starts.</summary>
/// <param name="command">The verb, or null for a tool without verbs.</param>
public sealed class JsonHead(string? command = null)
{
    private readonly DateTimeOffset _started = DateTimeOffset.UtcNow;

    /// <summary>Writes <c>"tool"</c> and, where there is a verb, <c>"command"</c>: the first members.</summary>
    public void WriteTool(Utf8JsonWriter json)
    {
        json.WriteString("tool", ErrorLine.Tool);
        if (command is not null)
        {
            json.WriteString("command", command);
        }
    }

    /// <summary>
    /// Writes <c>"version"</c>, <c>"started"</c>, <c>"ended"</c> (now; RFC 3339, UTC) and <c>"interrupted"</c>.
    /// </summary>
    /// <param name="json">The object.</param>
    /// <param name="interrupted">True when a signal ended the run before its time.</param>
    public void WriteRun(Utf8JsonWriter json, bool interrupted)
    {
        json.WriteString("version", Command.Version);
        json.WriteString("started", Time(_started));
        json.WriteString("ended", Time(DateTimeOffset.UtcNow));
        json.WriteBoolean("interrupted", interrupted);
    }

    /// <summary>
    /// Writes <c>"options"</c>: what was given on the command line, as typed, by its long name in snake_case; flags are true,
    /// options given several times are arrays, and words that are not options are in <c>"arguments"</c>. A token is left out.
    /// </summary>
    public static void WriteOptions(Utf8JsonWriter json)
    {
        json.WriteStartObject("options");
        foreach (IGrouping<string, GivenOption> given in CommandLineReader.Given.GroupBy(option => option.Name))
        {
            string name = given.Key.Replace('-', '_');
            string?[] values = [.. given.Select(option => option.Value)];
            if (name.Contains("token", StringComparison.Ordinal))
            {
                json.WriteBoolean(name, true);
            }
            else if (values.All(value => value is null))
            {
                json.WriteBoolean(name, true);
            }
            else if (values.Length == 1)
            {
                json.WriteString(name, values[0]);
            }
            else
            {
                json.WriteStartArray(name);
                Array.ForEach(values, json.WriteStringValue);
                json.WriteEndArray();
            }
        }

        if (CommandLineReader.GivenWords.Count > 0)
        {
            json.WriteStartArray("arguments");
            foreach (string word in CommandLineReader.GivenWords)
            {
                json.WriteStringValue(word);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    /// <summary>
    /// An integer, and where it is beyond 2^53, which many readers of JSON round, the same as a string in <c>NAME_text</c>.
    /// </summary>
    public static void WriteInteger(Utf8JsonWriter json, string name, long value)
    {
        const long Exact = 1L << 53;
        json.WriteNumber(name, value);
        if (value is > Exact or < -Exact)
        {
            json.WriteString($"{name}_text", value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A time in RFC 3339 with milliseconds, UTC.</summary>
    public static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>One option of the command line.</summary>
/// <param name="Name">Its long name, or its letter where it has none.</param>
/// <param name="Value">As typed; null for a flag.</param>
public readonly record struct GivenOption(string Name, string? Value);
