using System.Globalization;
using NetTools.Os;

namespace NetTools.EpollEcho.Options;

/// <summary>A number of bytes or a range of them as people write it: <c>64</c>, <c>16K</c>, <c>64-16K</c>; K is 1024.</summary>
internal static class ByteRange
{
    /// <summary>Reads one.</summary>
    /// <exception cref="OperationFailedException">It is none, or lies outside of 1 to <paramref name="most"/>.</exception>
    public static (int Least, int Most) Parse(string option, string text, int most)
    {
        string[] ends = text.Split('-');
        if (ends.Length is 1 or 2 && Number(ends[0]) is long from && Number(ends[^1]) is long to && from <= to)
        {
            Range.Check(option, from, 1, most);
            Range.Check(option, to, 1, most);
            return ((int)from, (int)to);
        }

        throw new OperationFailedException($"{option} '{text}' is neither a number of bytes nor a range of them", "64, 16K, 64-16K");
    }

    private static long? Number(string text)
    {
        int shift = text.Length == 0 ? 0 : text[^1] switch { 'k' or 'K' => 10, 'm' or 'M' => 20, 'g' or 'G' => 30, _ => 0 };
        return int.TryParse(shift > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? (long)number << shift : null;
    }
}
