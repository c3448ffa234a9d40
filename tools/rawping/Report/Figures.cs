using System.Globalization;
using NetTools.Os;

namespace NetTools.RawPing.Report;

/// <summary>Numbers as ping writes them.</summary>
internal static class Figures
{
    /// <summary>The time of one reply: three decimals below a millisecond, fewer above, none from 100 ms on.</summary>
    public static string Time(long nanoseconds)
    {
        long us = (nanoseconds + 500) / 1000;
        double ms = us / 1000.0;
        string format = us switch
        {
            >= 99_950 => "F0",
            >= 9_995 => "F1",
            >= 1_000 => "F2",
            _ => "F3",
        };
        return ms.ToString(format, CultureInfo.InvariantCulture);
    }

    /// <summary>Milliseconds with three decimals, as in the summary.</summary>
    public static string Milliseconds(double nanoseconds) =>
        (nanoseconds / TimeUnits.Millisecond).ToString("F3", CultureInfo.InvariantCulture);

    /// <summary>A percentage, C's %g: at most six digits, no zeros at the end.</summary>
    public static string Percent(double percent) => percent.ToString("G6", CultureInfo.InvariantCulture);
}
