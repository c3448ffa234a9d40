using System.Globalization;
using System.Text;
using System.Text.Json;
using NetTools.Os;

namespace NetTools.Measure;

/// <summary>Two runs that a tool printed with <c>--json</c>, read back to be compared.</summary>
public static class SavedRuns
{
    private const int MostBytes = 256 << 20;

    /// <summary>
    /// Reads both files. Drops every privilege before they are opened, and enters the sandbox before anything they hold is looked
    /// at.
    /// </summary>
    /// <exception cref="OperationFailedException">One cannot be read, or is longer than 256 MiB.</exception>
    public static (string A, string B) Read(string a, string b, bool noSandbox)
    {
        Privileges.DropAll();
        (string A, string B) texts = (Text(a), Text(b));
        Sandbox.Enter(Allowances.None, noSandbox);
        return texts;
    }

    /// <summary>Reads one run.</summary>
    /// <param name="tool">The tool that must have printed it.</param>
    /// <param name="file">The path, for messages.</param>
    /// <param name="text">What the file holds.</param>
    /// <param name="read">Makes the run of the root object; a name or a value that is missing ends it.</param>
    /// <exception cref="OperationFailedException">It is not the JSON of a run of this tool.</exception>
    public static T Parse<T>(string tool, string file, string text, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            JsonElement root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("tool", out JsonElement name)
                && name.ValueEquals(tool) ? read(root)
                : throw new OperationFailedException($"{file}: not a result of {tool}",
                    $"compare takes what {tool} --json printed");
        }
        catch (JsonException e)
        {
            throw new OperationFailedException(
                string.Create(CultureInfo.InvariantCulture, $"{file}: not JSON, line {e.LineNumber + 1}"));
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new OperationFailedException($"{file}: not a complete result of {tool}");
        }
    }

    /// <summary>The named members of an object as text, each of which must be there.</summary>
    public static Dictionary<string, string> Texts(JsonElement parent, IEnumerable<string> names) =>
        names.ToDictionary(name => name, name => parent.GetProperty(name).ToString());

    /// <summary>Refuses runs that did not measure the same.</summary>
    /// <param name="fileA">The path of the first run, for the message.</param>
    /// <param name="a">What must be the same, by name.</param>
    /// <param name="fileB">The path of the second run.</param>
    /// <param name="b">The same names.</param>
    /// <exception cref="OperationFailedException">They differ; the message says in what.</exception>
    public static void MustMatch(
        string fileA, IReadOnlyDictionary<string, string> a, string fileB, IReadOnlyDictionary<string, string> b)
    {
        string[] different = [.. a.Where(entry => b[entry.Key] != entry.Value)
            .Select(entry => $"{entry.Key} is {Show(entry.Value)} in {fileA} and {Show(b[entry.Key])} in {fileB}")];
        if (different.Length > 0)
        {
            throw new OperationFailedException($"not comparable: {string.Join("; ", different)}");
        }
    }

    /// <summary>What may differ and does, a note each.</summary>
    public static IEnumerable<string> Differences(
        IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) =>
        a.Where(entry => b[entry.Key] != entry.Value)
            .Select(entry => $"{entry.Key} differs: {Show(entry.Value)} in A, {Show(b[entry.Key])} in B");

    private static string Text(string path) => Encoding.UTF8.GetString(UserFile.Read(path, MostBytes));

    private static string Show(string value) => value.Length > 0 ? value : "not given";
}
