using System.Globalization;

namespace NetTools.RawPing.Check;

/// <summary>The smallest, mean and largest round trip, milliseconds, as a program printed them.</summary>
/// <remarks>
/// Any wording is understood in which words that begin with min, avg (average, mean) and max come before as many numbers, each at
/// its number or all before all numbers; a unit may follow: s, ms, us, ns. Without one it is ms. What is printed last counts.
/// </remarks>
internal readonly record struct PrintedTimes(double Minimum, double Mean, double Maximum)
{
    /// <summary>Finds them in what a program printed.</summary>
    /// <returns>Null when one of the three is missing.</returns>
    public static PrintedTimes? Find(string text)
    {
        double?[] values = new double?[3];
        Queue<int> wanted = [];
        List<int> withoutUnit = [];
        bool afterNumber = false;
        for (int at = 0; at < text.Length;)
        {
            int end = at;
            if (char.IsAsciiDigit(text[at]))
            {
                while (end < text.Length && (char.IsAsciiDigit(text[end]) || (text[end] == '.' && end + 1 < text.Length
                    && char.IsAsciiDigit(text[end + 1]))))
                {
                    end++;
                }

                if (wanted.TryDequeue(out int label) && double.TryParse(text.AsSpan(at, end - at), CultureInfo.InvariantCulture,
                    out double value))
                {
                    values[label] = value;
                    withoutUnit.Add(label);
                    afterNumber = true;
                }
            }
            else if (char.IsLetter(text[at]))
            {
                while (end < text.Length && char.IsLetter(text[end]))
                {
                    end++;
                }

                string word = text[at..end].ToLowerInvariant();
                int label = Label(word);
                if (afterNumber && Unit(word) is double factor)
                {
                    withoutUnit.ForEach(one => values[one] *= factor);
                    withoutUnit.Clear();
                }
                else if (label >= 0 && !wanted.Contains(label))
                {
                    wanted.Enqueue(label);
                    if (wanted.Count == 1)
                    {
                        withoutUnit.Remove(label);
                    }
                }

                afterNumber = false;
            }
            else
            {
                end++;
            }

            at = end;
        }

        return values is [double minimum, double mean, double maximum] ? new(minimum, mean, maximum) : null;
    }

    private static int Label(string word) => word switch
    {
        _ when word.StartsWith("min", StringComparison.Ordinal) && !word.StartsWith("minute", StringComparison.Ordinal) => 0,
        _ when word.StartsWith("avg", StringComparison.Ordinal) || word.StartsWith("average", StringComparison.Ordinal)
            || word == "mean" => 1,
        _ when word.StartsWith("max", StringComparison.Ordinal) => 2,
        _ => -1,
    };

    private static double? Unit(string word) => word switch
    {
        "ms" or "msec" or "msecs" or "millisecond" or "milliseconds" => 1,
        "us" or "usec" or "\u00b5s" or "\u03bcs" or "microseconds" => 1e-3,
        "ns" or "nsec" or "nanoseconds" => 1e-6,
        "s" or "sec" or "second" or "seconds" => 1e3,
        _ => null,
    };
}
