using System.Globalization;
using NetTools.Measure;

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

    /// <summary>+12 %, -3 % where there is an effect; else the verdict: no effect, within noise, undecided.</summary>
    /// <param name="difference">B - A.</param>
    public static string Change(DifferenceResult difference) =>
        difference.Verdict != Verdict.Effect ? difference.Verdict.Text()
        : difference.Relative is MedianEstimate relative
            ? string.Create(CultureInfo.InvariantCulture, $"{relative.Value * 100:+0.#;-0.#;0} %")
        : Show(difference.Median.Value);

    /// <summary>4 KiB, 256 KiB, 4 MiB where they are that exactly, else the bytes.</summary>
    public static string Size(long bytes) => bytes switch
    {
        >= 1 << 20 when bytes % (1 << 20) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20} MiB"),
        >= 1 << 10 when bytes % (1 << 10) == 0 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
    };
}
