using NetTools.Measure;

namespace NetTools.OptBench.Results;

/// <summary>What the interval of a difference allows one to say.</summary>
internal enum EffectVerdict
{
    /// <summary>The interval does not contain zero.</summary>
    Effect,

    /// <summary>The interval contains zero and is narrow: if there is a difference it is small.</summary>
    NoEffect,

    /// <summary>The interval contains zero but is too wide to rule a difference out.</summary>
    Undecided,
}

internal static class EffectVerdicts
{
    /// <summary>An interval that reaches no further than this part of the median on either side of zero rules an effect out.</summary>
    public const double Negligible = 0.10;

    /// <summary>Judges a difference.</summary>
    /// <param name="difference">B - A and its interval.</param>
    /// <param name="medianOfA">What it is a difference to.</param>
    public static EffectVerdict Judge(Interval difference, double medianOfA)
    {
        if (!difference.Contains(0))
        {
            return EffectVerdict.Effect;
        }

        double reach = Math.Max(Math.Abs(difference.Low), Math.Abs(difference.High));
        return reach <= Negligible * Math.Abs(medianOfA) ? EffectVerdict.NoEffect : EffectVerdict.Undecided;
    }

    /// <summary>As the reports write it.</summary>
    public static string Text(this EffectVerdict verdict) => verdict switch
    {
        EffectVerdict.Effect => "effect",
        EffectVerdict.NoEffect => "no effect",
        _ => "undecided",
    };
}
