using NetTools.Os;
using NetTools.PktSniff.Protocols;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>The names of all fields there are: the path of names in the JSON of a frame, dots between them.</summary>
internal static class FieldNames
{
    private const int Suggestions = 4;
    private const string InnerPrefix = "tunnel.inner.";

    private static readonly string[] s_tunnel = ["tunnel.type", "tunnel.protocol_type", "tunnel.key"];

    private static readonly string[] s_frame = ["frame", "time_ns", "time", "interface", "direction", "length", "captured",
        "missing_bytes", "drop_count", "comments", "superframe", .. Cooked.FieldNames];

    /// <summary>All names, in the order of the layers; of tunnels one level, though the prefix may be repeated.</summary>
    public static IEnumerable<string> All =>
        [
            .. s_frame, .. ProtocolTable.FieldNames, .. s_tunnel,
            .. ProtocolTable.FieldNames.Concat(s_tunnel).Select(name => InnerPrefix + name),
        ];

    /// <summary>Reads a list of names with commas between them.</summary>
    /// <returns>The names; none when <paramref name="list"/> is <c>list</c>.</returns>
    /// <exception cref="OperationFailedException">There is no field of such a name.</exception>
    public static IReadOnlyList<string> Read(string list)
    {
        if (list == "list")
        {
            return [];
        }

        string[] names = list.Split(',', StringSplitOptions.TrimEntries);
        HashSet<string> known = [.. All];
        foreach (string name in names)
        {
            if (!known.Contains(Innermost(name)))
            {
                string nearest = string.Join(", ", known.Where(one => !one.StartsWith(InnerPrefix, StringComparison.Ordinal))
                    .OrderBy(one => Distance(name, one)).Take(Suggestions));
                throw new OperationFailedException(
                    $"--fields: there is no '{name}'", $"near to it: {nearest}; all: --fields list");
            }
        }

        return names;
    }

    /// <summary>The name with the prefix of tunnels at most once.</summary>
    private static string Innermost(string name)
    {
        for (int level = 1; level < Tunnel.Deepest
            && name.StartsWith(InnerPrefix + InnerPrefix, StringComparison.Ordinal); level++)
        {
            name = name[InnerPrefix.Length..];
        }

        return name;
    }

    /// <summary>Prints all names.</summary>
    public static void List(Output output)
    {
        foreach (string name in All)
        {
            output.WriteLine(name);
        }
    }

    /// <summary>
    /// How far two names are apart: letters to insert, remove or change (Levenshtein); additions to the shorter cost least.
    /// </summary>
    private static int Distance(string typed, string name)
    {
        const int add = 2;
        const int other = 3;
        int[] row = [.. Enumerable.Range(0, name.Length + 1).Select(i => i * add)];
        for (int i = 0; i < typed.Length; i++)
        {
            int diagonal = row[0];
            row[0] += other;
            for (int j = 0; j < name.Length; j++)
            {
                int change = diagonal + (typed[i] == name[j] ? 0 : other);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, Math.Min(row[j] + add, row[j + 1] + other));
            }
        }

        return row[^1];
    }
}
