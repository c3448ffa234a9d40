using System.Globalization;
using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>
/// Reads durations, sizes and counts from the command line: a decimal number, then a unit. A number without a unit is in the
/// option's default unit. Every tool reads them here, so that <c>5s</c>, <c>64K</c> and <c>10k</c> mean the same everywhere.
/// </summary>
/// <remarks>
/// Durations: ns, us, ms, s, m or min, h, d. Sizes: B; K, M, G, T or KiB, MiB, GiB, TiB are powers of 1024; kB, MB, GB, TB powers
/// of 1000. Counts: k, M, G are powers of 1000.
/// </remarks>
public static class Quantity
{
    private const decimal Kilo = 1000;
    private const decimal Kibi = 1024;

    /// <summary>Reads a duration: <c>5s</c>, <c>200ms</c>, <c>1.5m</c>.</summary>
    /// <param name="what">The option, first in the error line: <c>-i</c>.</param>
    /// <param name="text">As typed.</param>
    /// <param name="unit">Nanoseconds in the unit of a plain number, one of <see cref="TimeUnits"/>.</param>
    /// <param name="least">Shortest allowed, nanoseconds.</param>
    /// <param name="most">Longest allowed, nanoseconds.</param>
    /// <returns>Nanoseconds; what is less than one is rounded to the nearest.</returns>
    /// <exception cref="OperationFailedException">It is not a duration, or outside the range.</exception>
    public static long Duration(string what, string text, long unit = TimeUnits.Second, long least = 0, long most = long.MaxValue)
    {
        decimal? value = Read(text, name => name switch
        {
            "" => unit,
            "ns" => 1,
            "us" or "\u00b5s" or "\u03bcs" => TimeUnits.Microsecond,
            "ms" => TimeUnits.Millisecond,
            "s" => TimeUnits.Second,
            "m" or "min" => TimeUnits.Minute,
            "h" => TimeUnits.Hour,
            "d" => TimeUnits.Day,
            _ => null,
        });
        return value is decimal duration
            ? Within(what, text, decimal.Round(duration, MidpointRounding.AwayFromZero), least, most, Figures.Duration)
            : throw new OperationFailedException($"{what} {Escape.Terminal(text)}: not a duration, such as 5s, 200ms or 1m");
    }

    /// <summary>Reads a size: <c>64K</c> is 65536 bytes, <c>64kB</c> 64000.</summary>
    /// <param name="what">The option, first in the error line: <c>-s</c>.</param>
    /// <param name="text">As typed.</param>
    /// <param name="unit">Bytes in the unit of a plain number.</param>
    /// <param name="least">Smallest allowed, bytes.</param>
    /// <param name="most">Largest allowed, bytes.</param>
    /// <returns>Bytes.</returns>
    /// <exception cref="OperationFailedException">It is not a size, not whole bytes, or outside the range.</exception>
    public static long Size(string what, string text, long unit = 1, long least = 0, long most = long.MaxValue)
    {
        decimal? value = Read(text, name => name switch
        {
            "" => unit,
            "B" => 1,
            "k" or "K" or "KiB" => Kibi,
            "m" or "M" or "MiB" => Kibi * Kibi,
            "g" or "G" or "GiB" => Kibi * Kibi * Kibi,
            "t" or "T" or "TiB" => Kibi * Kibi * Kibi * Kibi,
            "kB" or "KB" => Kilo,
            "MB" => Kilo * Kilo,
            "GB" => Kilo * Kilo * Kilo,
            "TB" => Kilo * Kilo * Kilo * Kilo,
            _ => null,
        });
        return value is decimal size && decimal.IsInteger(size)
            ? Within(what, text, size, least, most, bytes => $"{Figures.Whole(bytes)} bytes")
            : throw new OperationFailedException($"{what} {Escape.Terminal(text)}: not a size, such as 1400, 64K or 1MB");
    }

    /// <summary>Reads a count, or a rate per second: <c>10k</c> is 10000.</summary>
    /// <param name="what">The option, first in the error line: <c>-c</c>.</param>
    /// <param name="text">As typed.</param>
    /// <param name="least">Smallest allowed.</param>
    /// <param name="most">Largest allowed.</param>
    /// <exception cref="OperationFailedException">It is not a whole number, or outside the range.</exception>
    public static long Count(string what, string text, long least = 0, long most = long.MaxValue) =>
        Scaled(text) is decimal count && decimal.IsInteger(count) ? Within(what, text, count, least, most, Figures.Whole)
            : throw new OperationFailedException($"{what} {Escape.Terminal(text)}: not a whole number, such as 100 or 10k");

    /// <summary>Reads a number that may have a fraction: <c>0.5</c>, <c>1.5k</c>.</summary>
    /// <param name="what">The option, first in the error line.</param>
    /// <param name="text">As typed.</param>
    /// <param name="least">Smallest allowed.</param>
    /// <param name="most">Largest allowed.</param>
    /// <exception cref="OperationFailedException">It is not a number, or outside the range.</exception>
    public static double Number(string what, string text, double least, double most)
    {
        double number = (double)(Scaled(text)
            ?? throw new OperationFailedException($"{what} {Escape.Terminal(text)}: not a number, such as 0.5, 100 or 10k"));
        Arguments.CheckRange(what, number, least, most);
        return number;
    }

    private static decimal? Scaled(string text) => Read(text, name => name switch
    {
        "" => 1,
        "k" or "K" => Kilo,
        "M" => Kilo * Kilo,
        "G" => Kilo * Kilo * Kilo,
        _ => null,
    });

    /// <summary>A number and its unit, multiplied; null where either is wrong.</summary>
    private static decimal? Read(string text, Func<string, decimal?> scale)
    {
        int end = 0;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] is '.' || (end == 0 && text[end] is '-' or '+')
            || IsExponent(text, end)))
        {
            end++;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        if (scale(text[end..]) is not decimal factor
            || !decimal.TryParse(text.AsSpan(0, end), Style, CultureInfo.InvariantCulture, out decimal number))
        {
            return null;
        }

        try
        {
            return number * factor;
        }
        catch (OverflowException)
        {
            return number < 0 ? decimal.MinValue : decimal.MaxValue; // outside any range
        }
    }

    // 1e6 and 1e-3: an e between digits, and the sign behind it.
    private static bool IsExponent(string text, int at) => text[at] switch
    {
        'e' or 'E' => at > 0 && at + 1 < text.Length && (char.IsAsciiDigit(text[at + 1]) || text[at + 1] is '-' or '+'),
        '-' or '+' => at > 0 && text[at - 1] is 'e' or 'E',
        _ => false,
    };

    private static long Within(string what, string text, decimal value, long least, long most, Func<long, string> show) =>
        value >= least && value <= most ? (long)value : throw new OperationFailedException(
            $"{what} {Escape.Terminal(text)}: out of range", most == long.MaxValue ? $"at least {show(least)}"
                : $"{show(least)} to {show(most)}");
}
