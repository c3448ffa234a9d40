using System.Globalization;

namespace NetTools.PktSniff.Check;

/// <summary>
/// What a program printed, cut into a block for each frame: from the line that has the frame's source address on to the next
/// line that has another's. The wording is free: fields are looked for, not places.
/// </summary>
internal static class PrintedBlocks
{
    private static readonly Dictionary<int, string[]> s_etherTypes = new()
    {
        [0x0800] = ["ipv4", "ip"],
        [0x0806] = ["arp"],
        [0x86dd] = ["ipv6", "ip6"],
    };

    private static readonly Dictionary<int, string> s_protocols = new() { [1] = "icmp", [6] = "tcp", [17] = "udp" };

    private static readonly Dictionary<(int, int), string[]> s_icmp = new()
    {
        [(8, 0)] = ["echo request"],
        [(0, 0)] = ["echo reply"],
        [(3, 13)] = ["unreachable", "prohibited"],
        [(11, 1)] = ["time exceeded", "reassembly"],
        [(5, 3)] = ["redirect"],
    };

    /// <summary>The block of a frame, or null when it was not printed.</summary>
    public static string? Of(KnownFrame frame, string text)
    {
        string[] lines = text.Split('\n');
        int first = Array.FindIndex(lines, line => Has(line, frame.Source));
        if (first < 0)
        {
            return null;
        }

        int end = first + 1;
        while (end < lines.Length && end < first + 12 && !lines[end].Contains("a1:b3:c5:d7", StringComparison.OrdinalIgnoreCase)
            && !lines[end].Contains("a1-b3-c5-d7", StringComparison.OrdinalIgnoreCase))
        {
            end++;
        }

        // A block may begin above the addresses: with a number, or the time.
        int start = first;
        while (start > 0 && start > first - 2 && lines[start - 1].Length > 0 && Stamp(lines[start - 1])
            && !lines[start - 1].Contains("a1:b3", StringComparison.Ordinal))
        {
            start--;
        }

        return string.Join('\n', lines[start..end]);
    }

    /// <summary>Whether a link address is there, in colons or hyphens, of either case.</summary>
    public static bool Has(string text, string address) => text.Contains(address, StringComparison.OrdinalIgnoreCase)
        || text.Contains(address.Replace(':', '-'), StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the source is where a source is: before the destination, unless a word says otherwise.</summary>
    public static bool InOrder(string block, string source, string destination)
    {
        int from = block.IndexOf(source, StringComparison.OrdinalIgnoreCase);
        int to = block.IndexOf(destination, StringComparison.OrdinalIgnoreCase);
        if (from < 0 || to < 0)
        {
            return false;
        }

        string before = WordBefore(block, from);
        string other = WordBefore(block, to);
        bool wrong = before.StartsWith("dst", StringComparison.Ordinal) || before.StartsWith("dest", StringComparison.Ordinal)
            || before == "to" || other.StartsWith("src", StringComparison.Ordinal)
            || other.StartsWith("source", StringComparison.Ordinal) || other == "from";
        bool says = before.StartsWith("src", StringComparison.Ordinal) || before.StartsWith("source", StringComparison.Ordinal)
            || before == "from";
        return !wrong && (says || from < to);
    }

    /// <summary>The last word before a place, on its line.</summary>
    private static string WordBefore(string block, int place)
    {
        int line = block.LastIndexOf('\n', Math.Max(place - 1, 0));
        return Words(block[(line + 1)..place]).LastOrDefault("");
    }

    /// <summary>Whether there is a time: digits and colons, or seconds with a fraction.</summary>
    public static bool Stamp(string block) => block.Split([' ', '\t', '\n', '[', ']', ',', '(', ')'])
        .Any(word => word.Contains(':') && word.Split(':') is { Length: 3 } parts && parts.All(part => part.Length > 0
            && part.All(letter => char.IsAsciiDigit(letter) || letter is '.' or 'T' or 'Z' or '-' or '+'))
            || (word.Contains('.') && word.Split('.') is [{ Length: > 0 } whole, { Length: >= 3 } part]
                && whole.All(char.IsAsciiDigit) && part.TrimEnd('s', ':').All(char.IsAsciiDigit)));

    /// <summary>Whether the EtherType is there, as a number or by its name.</summary>
    public static bool EtherType(string block, int type) => Hexadecimal(block).Contains(type)
        || (s_etherTypes.TryGetValue(type, out string[]? names) && Words(block).Any(names.Contains));

    /// <summary>Whether the IPv4 protocol is there, as a number or by its name.</summary>
    public static bool Protocol(string block, int protocol) => Words(block).Contains(s_protocols[protocol])
        || Labelled(block, "proto", protocol) == true || Decimals(block).Contains(protocol);

    /// <summary>Whether the TTL is there.</summary>
    public static bool TimeToLive(string block, int value) => Labelled(block, "ttl", value) ?? Decimals(block).Contains(value);

    /// <summary>Whether ICMP type and code are there, as numbers or by their names.</summary>
    public static bool Icmp(string block, int type, int code)
    {
        string lower = block.ToLowerInvariant();
        if (s_icmp[(type, code)].Any(name => lower.Contains(name, StringComparison.Ordinal)))
        {
            return Labelled(block, "type", type) != false && Labelled(block, "code", code) != false;
        }

        bool? typed = Labelled(block, "type", type);
        bool? coded = Labelled(block, "code", code);
        return typed == true && coded != false ? coded == true || Decimals(block).Contains(code)
            : typed is null && Decimals(block).Contains(type) && (coded ?? Decimals(block).Contains(code));
    }

    /// <summary>Whether a number follows a word; null when the word is not there. Numbers of EtherTypes do not count.</summary>
    private static bool? Labelled(string block, string label, int value)
    {
        bool? found = null;
        List<string> tokens = Tokens(block);
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            bool ether = i > 0 && tokens[i - 1].StartsWith("eth", StringComparison.Ordinal);
            if (tokens[i].StartsWith(label, StringComparison.Ordinal) && !ether && Number(tokens[i + 1]) is int number)
            {
                found = found == true || number == value;
            }
        }

        return found;
    }

    /// <summary>The plain numbers of a block without addresses and times.</summary>
    private static HashSet<int> Decimals(string block) =>
        [.. block.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries)
        .Where(word => word.Count(letter => letter == ':') < 2 && word.Count(letter => letter == '.') < 1)
        .SelectMany(Tokens).Select(Number).OfType<int>()];

    private static HashSet<int> Hexadecimal(string block) => [.. Tokens(block)
        .Select(token => token.StartsWith("0x", StringComparison.Ordinal) ? token[2..] : token)
        .Where(token => token.Length is >= 3 and <= 4)
        .Select(token => int.TryParse(token, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value) ? value : -1)
        .Concat(Tokens(block).Select(token => Number(token) ?? -1))];

    private static int? Number(string token) => token.StartsWith("0x", StringComparison.Ordinal)
        ? int.TryParse(token[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int hex) ? hex : null
        : int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : null;

    private static IEnumerable<string> Words(string block) => Tokens(block).Where(token => !char.IsAsciiDigit(token[0]));

    /// <summary>Runs of letters and digits, in lower case.</summary>
    private static List<string> Tokens(string block)
    {
        List<string> tokens = [];
        int start = -1;
        for (int i = 0; i <= block.Length; i++)
        {
            bool part = i < block.Length && char.IsLetterOrDigit(block[i]);
            if (part && start < 0)
            {
                start = i;
            }
            else if (!part && start >= 0)
            {
                tokens.Add(block[start..i].ToLowerInvariant());
                start = -1;
            }
        }

        return tokens;
    }
}
