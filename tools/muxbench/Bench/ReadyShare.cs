using System.Globalization;
using NetTools.Os;

namespace NetTools.MuxBench.Bench;

/// <summary>How many descriptors are readable: a number, or a share of those that are watched.</summary>
/// <param name="Text">As the user wrote it: <c>1</c>, <c>10%</c>, <c>all</c>.</param>
/// <param name="Amount">The number, or the percentage.</param>
/// <param name="IsShare">Whether <paramref name="Amount"/> is a percentage.</param>
internal sealed record ReadyShare(string Text, double Amount, bool IsShare)
{
    /// <summary>Reads <c>K</c>, <c>P%</c> or <c>all</c>.</summary>
    /// <exception cref="OperationFailedException">It is none of these.</exception>
    public static ReadyShare Parse(string text)
    {
        if (text == "all")
        {
            return new(text, 100, IsShare: true);
        }

        bool share = text.EndsWith('%');
        string number = share ? text[..^1] : text;
        NumberStyles style = share ? NumberStyles.AllowDecimalPoint : NumberStyles.None;
        bool known = double.TryParse(number, style, CultureInfo.InvariantCulture, out double amount)
            && amount <= (share ? 100 : int.MaxValue);
        return known ? new(text, amount, share)
            : throw new OperationFailedException(
                $"--ready {text}: not a number of descriptors", "write 1, 10% or all; a list: 1,10%,all");
    }

    /// <summary>The number of readable ones among <paramref name="fds"/>; a share above 0 is at least one.</summary>
    public int Of(int fds) => IsShare && Amount > 0 ? Math.Max(1, (int)Math.Round(fds * Amount / 100)) : (int)Amount;
}
