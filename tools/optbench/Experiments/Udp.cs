using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Results;

namespace NetTools.OptBench.Experiments;

/// <summary>UDP at several rates: what arrives, what is lost, out of order or twice, and the jitter.</summary>
internal static class Udp
{
    public const string Name = "udp";
    /// <summary>Mbit/s of payload; null for as fast as the socket takes it.</summary>
    private static readonly int?[] s_rates = [1, 10, 100, null];

    /// <summary>What became of an arm's datagrams.</summary>
    /// <param name="Arm">Its name.</param>
    /// <param name="Mbit">Asked for; null for no rate.</param>
    /// <param name="Sent">Datagrams sent.</param>
    /// <param name="Refused">Datagrams due that our socket had no room for.</param>
    /// <param name="Received">Of those sent, at the far end, each once.</param>
    /// <param name="Dropped">Of those lost, what the far end's socket had no room for.</param>
    /// <param name="Reordered">Came after a later one.</param>
    /// <param name="Duplicates">Came again.</param>
    /// <param name="JitterUs">Median of the visits' interarrival jitter, microseconds; null where fewer than two came.</param>
    internal sealed record Flight(string Arm, int? Mbit, long Sent, long Refused, long Received, long Dropped, long Reordered,
        long Duplicates, double? JitterUs)
    {
        /// <summary>Percent of those sent; null where nothing was.</summary>
        public double? LostPercent => Sent > 0 ? 100.0 * (Sent - Received) / Sent : null;
    }

    /// <summary>Sends at each rate.</summary>
    public static ExperimentResult[] Run(Lab lab)
    {
        UdpArm[] arms = [.. s_rates.Select(rate => new UdpArm(lab.Peer,
            string.Create(CultureInfo.InvariantCulture, $"rate={(rate is int mbit ? $"{mbit}" : "max")}"), rate * 1_000_000L))];
        try
        {
            (ArmResult[] results, _) = lab.Measure(Name, arms, []);
            Flight[] flights = [.. arms.Select((arm, i) => new Flight(arm.Name, s_rates[i], arm.Sent, arm.Refused,
                arm.Seen.Received, arm.Seen.Dropped, arm.Seen.Reordered, arm.Seen.Duplicates,
                arm.JitterUs.Count > 0 ? Statistics.Median([.. arm.JitterUs]) : null))];
            return [Explain(new(Name, "datagrams", "MB/s",
                string.Create(CultureInfo.InvariantCulture,
                    $"Send datagrams of {UdpArm.PayloadBytes} bytes at 1, 10 and 100 Mbit/s and as fast as the socket "
                        + $"takes them, and ")
                + "count at the far end, the warm-up included; the rate is of the payload that arrived.", results, []), flights)];
        }
        finally
        {
            Array.ForEach(arms, arm => arm.Dispose());
        }
    }

    /// <summary>Says what was seen.</summary>
    public static ExperimentResult Explain(ExperimentResult result, IReadOnlyList<Flight> flights)
    {
        static string Percent(double? value) => value is double v ? v.ToString(v is > 0 and < 0.1 ? "0.000" : "0.0",
            CultureInfo.InvariantCulture) : "-";
        Flight? lossy = flights.FirstOrDefault(flight => flight.LostPercent > 0);
        Flight most = flights[^1];
        return result with
        {
            Facts = new(["arm", "sent", "unsent", "received", "lost_percent", "lost_at_socket", "reordered", "duplicates",
                "jitter_us"],
            [
                .. flights.Select(flight => (Fact[])[flight.Arm, flight.Sent, flight.Refused, flight.Received,
                    Fact.Shown(flight.LostPercent is double lost ? Math.Round(lost, 4) : null, Percent(flight.LostPercent)),
                    flight.Dropped, flight.Reordered, flight.Duplicates,
                    Fact.Shown(flight.JitterUs is double jitter ? Math.Round(jitter, 3) : null,
                        flight.JitterUs is double shown ? Numbers.Show(shown) : "-")]),
            ]),
            Meaning = string.Join("; ", flights.Select((flight, i) =>
                $"{(flight.Mbit is int mbit ? $"{(i == 0 ? "At" : "at")} {mbit} Mbit/s" : "as fast as possible")} "
                    + $"{Numbers.Show(result.Arm(flight.Arm).Median.Value)} MB/s arrive, {Percent(flight.LostPercent)} % "
                    + $"of the datagrams "
                    + $"sent are lost, jitter {(flight.JitterUs is double us ? $"{Numbers.Show(us)} us" : "unknown")}"))
                + "." + (lossy is null ? " Nothing was lost." : "")
                + (most.Dropped > 0 ? $" Of what was lost without a rate the far end's socket dropped {most.Dropped}: the "
                + $"path carried it, "
                    + "the receiver did not read in time." : ""),
            Textbook = "Textbooks say that UDP loses. It has no rate of its own: below the path's it loses what the path "
                + "loses, above it "
                + "the rest is lost wherever the queue is.",
        };
    }
}
