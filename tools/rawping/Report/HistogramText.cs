using System.Globalization;
using NetTools.Os;
using NetTools.RawPing.Results;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>Draws round-trip times in bins of the series 1, 2, 5.</summary>
internal static class HistogramText
{
    private const int Width = 40;

    /// <summary>Writes a drawing of each clock's times, the kernel's and the network card's when there are any.</summary>
    public static void Write(Output output, TargetResult target)
    {
        Write(output, "round trip", target.Rtt);
        Write(output, "kernel transmit to receipt", target.KernelRtt);
        Write(output, "hardware transmit to receipt", target.HardwareRtt);
    }

    /// <summary>The lines of one drawing: a bin is [low, high).</summary>
    public static IEnumerable<string> Lines(RttSummary times)
    {
        List<(long Low, long High, long Count)> bins = [.. Bins(times)];
        long most = bins.Max(bin => bin.Count);
        foreach ((long low, long high, long count) in bins)
        {
            // A bin with anything in it shows at least one mark.
            string bar = new('#', (int)((count * Width + most - 1) / most));
            yield return string.Create(
                CultureInfo.InvariantCulture,
                    $"{Figures.Milliseconds(low),10} - {Figures.Milliseconds(high),10} ms {count,9} {bar}").TrimEnd();
        }
    }

    private static void Write(Output output, string title, RttSummary times)
    {
        if (times.Count == 0)
        {
            return;
        }

        output.WriteLine($"{title}:");
        foreach (string line in Lines(times))
        {
            output.WriteLine(line);
        }
    }

    private static IEnumerable<(long Low, long High, long Count)> Bins(RttSummary times)
    {
        long low = 0;
        foreach (long high in Edges())
        {
            if (high > times.Min)
            {
                yield return (low, high, times.CountBetween(low, high));
            }

            if (high > times.Max)
            {
                yield break;
            }

            low = high;
        }
    }

    private static IEnumerable<long> Edges()
    {
        for (long decade = 1000; decade < TimeUnits.Second * 10_000; decade *= 10)
        {
            yield return decade;
            yield return 2 * decade;
            yield return 5 * decade;
        }
    }
}
