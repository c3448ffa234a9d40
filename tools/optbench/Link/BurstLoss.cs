using System.Globalization;
using NetTools.Os;

namespace NetTools.OptBench.Link;

/// <summary>
/// Losses in bursts: the model of Gilbert and Elliott, a chain of a good and a bad state that takes a step with each packet. All
/// parts are 0 to 1.
/// </summary>
/// <param name="ToBad">Chance of a step from good to bad.</param>
/// <param name="ToGood">Chance of a step from bad to good, above 0.</param>
/// <param name="LossInBad">Part of the packets lost in the bad state: 1 is Gilbert's simple model.</param>
/// <param name="LossInGood">Part of the packets lost in the good state.</param>
/// <remarks>tc-netem(8), <c>loss gemodel</c>, whose parameters these are in order, but 1-h and 1-k.</remarks>
internal sealed record BurstLoss(double ToBad, double ToGood, double LossInBad = 1, double LossInGood = 0)
{
    private const int Least = 2;
    private const int Most = 4;

    /// <summary>The part of the time spent in the bad state: p / (p + r).</summary>
    public double BadPart => ToBad / (ToBad + ToGood);

    /// <summary>The part of all packets that is lost in the long run.</summary>
    public double ExpectedLoss => (BadPart * LossInBad) + ((1 - BadPart) * LossInGood);

    /// <summary>Packets that the bad state lasts on average: 1 / r. With a loss of 1 in it, the mean length of a burst.</summary>
    public double MeanBadPackets => 1 / ToGood;

    /// <summary>Reads <c>P,R[,BAD[,GOOD]]</c> in percent.</summary>
    /// <exception cref="OperationFailedException">It is something else, or out of range.</exception>
    public static BurstLoss Parse(string text)
    {
        string[] words = text.Split(',');
        double[] parts = [.. words.Select(word => double.TryParse(word, NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out double percent) ? percent / 100 : double.NaN)];
        if (words.Length is < Least or > Most || parts.Any(part => part is not (>= 0 and <= 1)) || parts[0] == 0 || parts[1] == 0)
        {
            throw new OperationFailedException("--burst-loss is P,R[,BAD[,GOOD]] in percent, 0 to 100, P and R above 0",
                "see optbench link --help");
        }

        return new(parts[0], parts[1], parts.Length > 2 ? parts[2] : 1, parts.Length > 3 ? parts[3] : 0);
    }
}
