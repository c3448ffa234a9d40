using System.Globalization;

namespace NetTools.OptBench.Results;

/// <summary>Numbers as people read them: three figures that count, and separators in thousands.</summary>
internal static class Numbers
{
    /// <summary>12.3, 0.0456, 1,234: three significant figures below 100, whole above.</summary>
    public static string Show(double value)
    {
        double size = Math.Abs(value);
        if (size >= 100)
        {
            return value.ToString("#,0", CultureInfo.InvariantCulture);
        }

        int decimals = size < 1e-12 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(size)), 0, 10);
        return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>+12 %, -3 % where there is an effect; else what may be said: no effect, undecided.</summary>
    /// <param name="difference">B - A.</param>
    /// <param name="medianOfA">What it is a part of.</param>
    public static string Change(DifferenceResult difference, double medianOfA) => difference.Verdict == EffectVerdict.Effect
        ? string.Create(CultureInfo.InvariantCulture, $"{difference.Median.Value / medianOfA * 100:+0;-0;0} %") : difference.Verdict.Text();

    /// <summary>4 KB, 256 KB, 4 MB where they are that exactly, else the bytes.</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 1 << 20 when bytes % (1 << 20) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MB"),
        >= 1 << 10 when bytes % (1 << 10) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
    };
}
