namespace NetTools.Measure;

/// <summary>What a comparison of two arms allows one to say.</summary>
public enum Verdict
{
    /// <summary>Neither an effect nor its absence is shown, or there are too few blocks for an interval.</summary>
    Undecided,

    /// <summary>The arms differ, by more than two visits of one arm do and by enough to be worth naming.</summary>
    Effect,

    /// <summary>The difference is not larger than what two visits of one arm show.</summary>
    WithinNoise,

    /// <summary>A difference, if there is one, is too small to be worth naming.</summary>
    NoEffect,
}

/// <summary>The one table by which differences are judged.</summary>
/// <remarks>
/// In this order, all relative to the first arm:
/// <list type="table">
/// <item><term>undecided</term><description>there is no interval</description></item>
/// <item><term>no effect</term><description>the whole interval lies within the smallest effect worth naming</description></item>
/// <item><term>within noise</term><description>it lies within the noise floor, or excludes zero and begins below the
/// floor</description></item>
/// <item><term>effect</term><description>it excludes zero and lies beyond the noise floor and the smallest
/// effect</description></item>
/// <item><term>undecided</term><description>anything else</description></item>
/// </list>
/// </remarks>
public static class Verdicts
{
    /// <summary>The smallest relative difference worth naming, unless the user says otherwise.</summary>
    public const double SmallestEffect = 0.01;

    private const double Rounding = 1e-9; // of numbers like 0.03 - 0.01

    /// <summary>Judges a relative difference.</summary>
    /// <param name="relative">The interval of <c>b / a - 1</c>; null where there is none.</param>
    /// <param name="noiseFloor">What <see cref="NoiseFloor"/> gave, 0 or more.</param>
    /// <param name="smallestEffect">The smallest relative difference worth naming, 0 or more.</param>
    public static Verdict Judge(Interval? relative, double noiseFloor, double smallestEffect = SmallestEffect)
    {
        if (relative is not Interval interval)
        {
            return Verdict.Undecided;
        }

        bool excludesZero = !interval.Contains(0);
        double near = excludesZero ? Math.Min(Math.Abs(interval.Low), Math.Abs(interval.High)) : 0;
        double far = Math.Max(Math.Abs(interval.Low), Math.Abs(interval.High));
        return far <= smallestEffect ? Verdict.NoEffect
            : far <= noiseFloor || (excludesZero && near <= noiseFloor) ? Verdict.WithinNoise
            : excludesZero && near > smallestEffect ? Verdict.Effect
            : Verdict.Undecided;
    }

    /// <summary>
    /// The relative difference that two visits of one and the same arm show: the end of the interval of their paired differences
    /// that lies further from zero; below 6 blocks the largest difference of a block.
    /// </summary>
    /// <param name="once">The arm's samples, one a block, all positive.</param>
    /// <param name="again">Its samples of the second visits, in the same blocks.</param>
    /// <returns>The floor as a fraction; null when there is no complete block.</returns>
    public static double? NoiseFloor(ReadOnlySpan<double> once, ReadOnlySpan<double> again)
    {
        int blocks = Math.Min(once.Length, again.Length);
        if (blocks == 0)
        {
            return null;
        }

        MedianEstimate difference = MedianEstimate.OfRelativeDifference(once[..blocks], again[..blocks]);
        Interval spread = difference.Interval ?? difference.Range;
        return Math.Max(Math.Abs(spread.Low), Math.Abs(spread.High));
    }

    /// <summary>
    /// About how many blocks would decide what is undecided, if the median stays where it is: an interval grows narrower with
    /// the square root of the blocks, and must come to lie on one side of the smallest effect.
    /// </summary>
    /// <param name="relative">The median of <c>b / a - 1</c>, and its interval.</param>
    /// <param name="smallestEffect">The smallest relative difference worth naming.</param>
    /// <param name="most">The most that is of use to anybody.</param>
    /// <returns>
    /// More than there are; <see cref="MedianEstimate.FewestSamples"/> where they are too few for an interval; null where no
    /// number is enough, and beyond <paramref name="most"/>.
    /// </returns>
    public static int? BlocksToDecide(MedianEstimate relative, double smallestEffect, int most)
    {
        if (relative.Interval is not Interval interval)
        {
            return Math.Max(MedianEstimate.FewestSamples, relative.Count + 1);
        }

        double half = (interval.High - interval.Low) / 2;
        double room = Math.Abs(Math.Abs(relative.Value) - smallestEffect);
        double blocks = Math.Ceiling((relative.Count * (half / room) * (half / room)) - Rounding);
        return blocks <= most ? Math.Max((int)blocks, relative.Count + 1) : null; // (an infinite or unknown one is not)
    }

    /// <summary>As the reports write it.</summary>
    public static string Text(this Verdict verdict) => verdict switch
    {
        Verdict.Effect => "effect",
        Verdict.WithinNoise => "within noise",
        Verdict.NoEffect => "no effect",
        _ => "undecided",
    };
}

/// <summary>Arm B compared with arm A over the blocks that both have.</summary>
/// <param name="Difference">The median of <c>b - a</c> within blocks.</param>
/// <param name="Relative">The median of <c>b / a - 1</c>; null where A is not positive in every block.</param>
/// <param name="Verdict">By <see cref="Verdicts"/>.</param>
public readonly record struct PairedComparison(MedianEstimate Difference, MedianEstimate? Relative, Verdict Verdict)
{
    /// <summary>Compares two arms of the same blocks; a stop may have left one of them a block short.</summary>
    /// <param name="a">The arm compared with, one sample a block.</param>
    /// <param name="b">The arm compared.</param>
    /// <param name="noiseFloor">What two visits of one arm show, a fraction; null where that was not measured.</param>
    /// <param name="confidence">The level of the intervals.</param>
    /// <param name="smallestEffect">The smallest relative difference worth naming.</param>
    /// <exception cref="ArgumentException">There is no block that both have.</exception>
    public static PairedComparison Of(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double? noiseFloor,
        double confidence = MedianEstimate.UsualConfidence, double smallestEffect = Verdicts.SmallestEffect)
    {
        int blocks = Math.Min(a.Length, b.Length);
        MedianEstimate difference = MedianEstimate.OfDifference(a[..blocks], b[..blocks], confidence);
        bool positive = true;
        foreach (double sample in a[..blocks])
        {
            positive &= sample > 0;
        }

        if (!positive)
        {
            // Nothing can be said in percent of nothing: a change away from zero is one, no change at all is none.
            Verdict plain = difference.Interval is not Interval interval ? Verdict.Undecided
                : !interval.Contains(0) ? Verdict.Effect
                : interval is { Low: 0, High: 0 } ? Verdict.NoEffect : Verdict.Undecided;
            return new(difference, null, plain);
        }

        MedianEstimate relative = MedianEstimate.OfRelativeDifference(a[..blocks], b[..blocks], confidence);
        return new(difference, relative, Verdicts.Judge(relative.Interval, noiseFloor ?? 0, smallestEffect));
    }
}
