using System.Globalization;
using NetTools.Os;

namespace NetTools.EpollEcho.Options;

/// <summary>Numbers with a unit: durations (<c>5s</c>, <c>200ms</c>, <c>1m</c>) and counts (<c>10k</c>, <c>1M</c>).</summary>
internal static class Quantity
{
    private static readonly (string Unit, double Ns)[] s_durations =
        [("ns", 1), ("us", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9), ("", 1e9)];

    /// <summary>Reads a duration; seconds where no unit is named.</summary>
    /// <returns>Nanoseconds.</returns>
    /// <exception cref="OperationFailedException">It is not a duration, or lies outside of the range, in seconds.</exception>
    public static long Nanoseconds(string option, string text, double leastSeconds, double mostSeconds)
    {
        foreach ((string unit, double ns) in s_durations)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal) && Number(text[..^unit.Length]) is double number)
            {
                double seconds = number * ns / 1e9;
                return seconds >= leastSeconds && seconds <= mostSeconds ? (long)(number * ns)
                    : throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture,
                        $"{option} {text} is not between {leastSeconds} and {mostSeconds} seconds"));
            }
        }

        throw new OperationFailedException($"{option} '{text}' is not a duration", "5s, 200ms, 1m");
    }

    /// <summary>Reads a count; k is a thousand, M a million.</summary>
    /// <exception cref="OperationFailedException">It is not a number, or lies outside of the range.</exception>
    public static double Count(string option, string text, double least, double most)
    {
        double factor = text.Length == 0 ? 1 : text[^1] switch { 'k' => 1e3, 'M' => 1e6, 'G' => 1e9, _ => 1 };
        if (Number(factor > 1 ? text[..^1] : text) is not double number)
        {
            throw new OperationFailedException($"{option} '{text}' is not a number", "1000, 10k, 1M");
        }

        Range.Check(option, number * factor, least, most);
        return number * factor;
    }

    /// <summary>Reads a whole count.</summary>
    /// <inheritdoc cref="Count"/>
    public static long Whole(string option, string text, long least, long most)
    {
        double count = Count(option, text, least, most);
        return count == Math.Floor(count) ? long.TryParse(text, CultureInfo.InvariantCulture, out long exact) ? exact : (long)count
            : throw new OperationFailedException($"{option} '{text}' is not a whole number");
    }

    private static double? Number(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number) ? number : null;
}
