using System.Text;

namespace NetTools.Terminal;

/// <summary>
/// Makes text that came from a network, a name server, a file or a command line safe to print: one function for each kind of
/// output. JSON is escaped by <see cref="JsonLines"/>.
/// </summary>
public static class Escape
{
    private const char Substitute = '?';

    /// <summary>
    /// For a terminal: control characters (C0, DEL, C1), line ends, and characters that reorder or hide text become question
    /// marks.
    /// </summary>
    public static string Terminal(string text)
    {
        int first = 0;
        while (first < text.Length && IsPlain(text[first]))
        {
            first++;
        }

        return first == text.Length ? text : string.Create(text.Length, text, static (escaped, source) =>
        {
            for (int i = 0; i < escaped.Length; i++)
            {
                escaped[i] = IsPlain(source[i]) ? source[i] : Substitute;
            }
        });
    }

    /// <summary>
    /// One field of CSV, RFC 4180: in quotes where it has a comma, a quote or a line end. A field that a spreadsheet would take
    /// for a formula (=, +, -, @, tab first) gets an apostrophe before it; numbers do not.
    /// </summary>
    public static string Csv(string text)
    {
        bool formula = text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r'
            && !double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _);
        string field = formula ? $"'{text}" : text;
        return field.AsSpan().IndexOfAny(",\"\r\n") < 0 ? field : $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    /// <summary>Text of an HTML page, between tags or in a quoted attribute. Control characters become question marks.</summary>
    public static string Html(string text)
    {
        StringBuilder escaped = new(text.Length);
        foreach (char letter in text)
        {
            _ = letter switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                _ => escaped.Append(IsPlain(letter) || letter is '\n' or '\t' ? letter : Substitute),
            };
        }

        return escaped.ToString();
    }

    /// <summary>Text between the double quotes of a gnuplot string.</summary>
    public static string Gnuplot(string text) =>
        Terminal(text).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    // U+200E, U+200F, U+202A to U+202E and U+2066 to U+2069 change the direction of text, U+2028 and U+2029 end lines.
    private static bool IsPlain(char letter) =>
        !char.IsControl(letter) && letter is not (
            '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069'));
}
