using System.Globalization;
using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>
/// Prints numbers for people: thousands with commas, three digits that count, a unit that suits, singular and plural.
/// </summary>
public static class Figures
{
    private const int Columns = 80;

    private static readonly CultureInfo s_plain = CultureInfo.InvariantCulture;

    /// <summary>1,234,567.</summary>
    public static string Whole(long number) => number.ToString("#,0", s_plain);

    /// <summary><c>1 frame</c>, <c>2 frames</c>, <c>1,000 frames</c>.</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">The noun for one.</param>
    /// <param name="many">The noun for any other number; <paramref name="one"/> and an s where left out.</param>
    public static string Count(long number, string one, string? many = null) =>
        number == 1 ? $"1 {one}" : $"{Whole(number)} {many ?? $"{one}s"}";

    /// <summary>The same without commas, for lines that programs read: <c>1000 frames</c>.</summary>
    /// <param name="number">How many.</param>
    /// <param name="one">The noun for one.</param>
    /// <param name="many">The noun for any other number; <paramref name="one"/> and an s where left out.</param>
    public static string PlainCount(Int128 number, string one, string? many = null) =>
        number == 1 ? $"1 {one}" : string.Create(s_plain, $"{number} {many ?? $"{one}s"}");

    /// <summary>Three digits that count below 1000, whole numbers with commas from there on: 0.0456, 12.3, 123, 1,234.</summary>
    public static string Short(double value)
    {
        double size = Math.Abs(value);
        if (size >= 100 || !double.IsFinite(value))
        {
            return value.ToString("#,0", s_plain);
        }

        int decimals = size < 1e-12 ? 0 : Decimals(size);
        decimals = decimals is > 0 and < 10 ? Decimals(Math.Round(size, decimals)) : decimals; // 9.996 is 10.0
        return value.ToString($"F{decimals}", s_plain);
    }

    /// <summary>A time with three digits that count and its unit: <c>15.2 us</c>, <c>1.50 s</c>.</summary>
    public static string Time(double nanoseconds) => Math.Abs(nanoseconds) switch
    {
        < 999.5 => $"{Short(nanoseconds)} ns",
        < 999.5e3 => $"{Short(nanoseconds / TimeUnits.Microsecond)} us",
        < 999.5e6 => $"{Short(nanoseconds / TimeUnits.Millisecond)} ms",
        _ => $"{Short(nanoseconds / TimeUnits.Second)} s",
    };

    /// <summary>
    /// A duration exactly, in the largest unit in which it is whole, as the command line reads it: <c>1500ms</c>, <c>2s</c>.
    /// </summary>
    public static string Duration(long nanoseconds)
    {
        (long Unit, string Name)[] units =
        [
            (TimeUnits.Day, "d"), (TimeUnits.Hour, "h"), (TimeUnits.Minute, "m"), (TimeUnits.Second, "s"),
            (TimeUnits.Millisecond, "ms"), (TimeUnits.Microsecond, "us"), (1, "ns"),
        ];
        (long unit, string name) = nanoseconds == 0 ? (TimeUnits.Second, "s") : units.First(unit => nanoseconds % unit.Unit == 0);
        return string.Create(s_plain, $"{nanoseconds / unit}{name}");
    }

    /// <summary>An amount of data, powers of 1000: <c>999 B</c>, <c>1.50 kB</c>, <c>64.0 MB</c>.</summary>
    public static string Bytes(double bytes) => Scale(bytes, 1000, "B", "kB", "MB", "GB", "TB");

    /// <summary>A buffer size, powers of 1024: <c>4.00 KiB</c>, <c>6.00 MiB</c>.</summary>
    public static string BinaryBytes(double bytes) => Scale(bytes, 1024, "B", "KiB", "MiB", "GiB", "TiB");

    /// <summary>A part in percent with three digits that count; <c>-</c> of nothing.</summary>
    public static string Percent(long part, long whole) => whole == 0 ? "-" : $"{Short(100.0 * part / whole)} %";

    /// <summary>A sentence in lines of 80 columns, broken at blanks.</summary>
    /// <param name="text">The sentence.</param>
    /// <param name="indent">Blanks before every line but the first.</param>
    public static IEnumerable<string> Wrap(string text, int indent = 0)
    {
        string line = "";
        foreach (string word in text.Split(' '))
        {
            if (line.Trim().Length > 0 && line.Length + 1 + word.Length > Columns)
            {
                yield return line;
                line = new string(' ', indent) + word;
            }
            else
            {
                line = line.Length == 0 ? word : $"{line} {word}";
            }
        }

        yield return line;
    }

    private static int Decimals(double size) => Math.Clamp(2 - (int)Math.Floor(Math.Log10(size)), 0, 10);

    private static string Scale(double value, double step, params ReadOnlySpan<string> units)
    {
        int unit = 0;
        while (Math.Abs(value) >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }

        return unit == 0 ? $"{value.ToString("#,0", s_plain)} {units[0]}" : $"{Short(value)} {units[unit]}";
    }
}
