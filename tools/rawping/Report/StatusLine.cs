using System.Globalization;
using NetTools.RawPing.Results;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>What SIGQUIT (Ctrl-\) prints, on standard error as ping does: how it stands so far.</summary>
internal static class StatusLine
{
    /// <summary>The line; for several targets the sum, without times.</summary>
    public static string Describe(IReadOnlyList<TargetResult> targets)
    {
        long sent = targets.Sum(target => target.Transmitted);
        long received = targets.Sum(target => target.Received);
        long due = targets.Sum(target => target.Due);
        // As ping: what has no reply yet counts as lost for now.
        long loss = due == 0 ? 0 : (due - received) * 100 / due;
        string counts = string.Create(CultureInfo.InvariantCulture, $"{received}/{sent} packets, {loss}% loss");
        if (targets.Count > 1 || received == 0)
        {
            return counts;
        }

        RttSummary rtt = targets[0].Rtt;
        return $"{counts}, min/avg/ewma/max = {Figures.Milliseconds(rtt.Min)}/{Figures.Milliseconds(rtt.Average)}"
            + $"/{Figures.Milliseconds(targets[0].MovingAverage)}/{Figures.Milliseconds(rtt.Max)} ms";
    }

    /// <summary>Writes it over the ^\ that the terminal showed.</summary>
    public static void Write(IReadOnlyList<TargetResult> targets)
    {
        Output error = new(2, "standard error");
        error.WriteLine($"\r{Describe(targets)}");
        error.Flush();
    }
}
