using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Measurement;

namespace NetTools.MuxBench.Report;

/// <summary>Numbers and names as people read them.</summary>
internal static class Wording
{
    /// <summary>A time with three digits and a unit that suits it.</summary>
    public static string Time(double nanoseconds) => Math.Abs(nanoseconds) switch
    {
        >= 1e8 => Text($"{nanoseconds / 1e6:N0} ms"),
        >= 1e7 => Text($"{nanoseconds / 1e6:F1} ms"),
        >= 1e6 => Text($"{nanoseconds / 1e6:F2} ms"),
        >= 1e5 => Text($"{nanoseconds / 1e3:F0} us"),
        >= 1e4 => Text($"{nanoseconds / 1e3:F1} us"),
        >= 1e3 => Text($"{nanoseconds / 1e3:F2} us"),
        >= 100 => Text($"{nanoseconds:F0} ns"),
        _ => Text($"{nanoseconds:F1} ns"),
    };

    /// <summary>A cost per descriptor, nanoseconds without the unit; no sign on what rounds to nothing.</summary>
    public static string Slope(double nanoseconds) => Text($"{Math.Round(nanoseconds, 2) + 0.0:F2}");

    /// <summary>How many times as large.</summary>
    public static string Ratio(double ratio) => ratio < 10 ? Text($"{ratio:F2}") : Text($"{ratio:N0}");

    /// <summary>A fraction as a percentage with a sign.</summary>
    public static string Percent(double fraction) => Text($"{Math.Round(100 * fraction, 1) + 0.0:+0.0;-0.0;0.0} %");

    /// <summary>A number of descriptors that was computed.</summary>
    public static string Size(double fds) => fds < 10 ? Text($"{fds:F1}") : Text($"{fds:N0}");

    /// <summary>What a series is of, after the name of a mechanism: <c>1 readable</c>, <c>wake-up</c>.</summary>
    public static string Of(Series series) => series.Metric switch
    {
        Metric.Call => $"{Readable(series)}, {Timeout(series)}",
        Metric.Relay => $"relay, {series.Share.Text} at a time",
        Metric.WakeUp => "wake-up",
        _ => series.Metric.Name(),
    };

    /// <summary>How many are readable and where: <c>1 readable</c>, <c>1 readable (last)</c>.</summary>
    public static string Readable(Series series) => $"{series.Share.Text} readable{Where(series)}";

    /// <summary>Where the readable ones lie, unless they are evenly spread: <c> (last)</c>.</summary>
    public static string Where(Series series) =>
        series.Position == ReadyPosition.Even ? "" : $" ({series.Position.ToString().ToLowerInvariant()})";

    /// <summary>The timeout of the calls: <c>timeout -1</c>.</summary>
    public static string Timeout(Series series) => Text($"timeout {series.TimeoutMs}");

    /// <summary>What is done once in the time given.</summary>
    public static string Unit(Metric measure) => measure switch
    {
        Metric.Call => "a call",
        Metric.WakeUp => "from write to return",
        Metric.Relay => "a step",
        _ => "a descriptor",
    };

    /// <summary>Text with the numbers of no particular country.</summary>
    public static string Text(FormattableString text) => FormattableString.Invariant(text);
}
