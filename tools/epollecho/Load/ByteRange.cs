using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Load;

/// <summary>A number of bytes or a range of them as people write it: <c>64</c>, <c>16K</c>, <c>64-16K</c>; K is 1024.</summary>
internal static class ByteRange
{
    /// <summary>Reads one.</summary>
    /// <exception cref="OperationFailedException">It is none, or lies outside of 1 to <paramref name="most"/>.</exception>
    public static (int Least, int Most) Parse(string option, string text, int most)
    {
        string[] ends = text.Split('-');
        if (ends.Length > 2 || ends.Contains(""))
        {
            throw new OperationFailedException(
                $"{option} {Escape.Terminal(text)}: not a size or a range of sizes, such as 64, 16K or 64-16K");
        }

        int from = (int)Quantity.Size(option, ends[0], least: 1, most: most);
        int to = (int)Quantity.Size(option, ends[^1], least: 1, most: most);
        return from <= to ? (from, to)
            : throw new OperationFailedException($"{option} {text}: the first size is larger than the second");
    }
}
