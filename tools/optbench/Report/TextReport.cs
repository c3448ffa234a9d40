using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Results;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>Results for people: what was done, a table, what it means, what the textbook says.</summary>
internal static class TextReport
{
    private const int Width = 80;

    /// <summary>Writes what the measurements depend on.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="environment">This machine.</param>
    /// <param name="server">The far end as the user named it; null for one that was started here.</param>
    /// <param name="path">What lies between; null where there is no far end.</param>
    public static void Write(Output output, MeasuringEnvironment environment, string? server, NetworkPath? path)
    {
        Wrap(output, environment.ToString());
        if (path is not null)
        {
            Wrap(output, $"far end: {server ?? "on this machine"}"
                + (path.RoundTripUs is long us ? $", round trip {Numbers.Show(us / 1e3)} ms" : "")
                    + (path.MtuBytes is long mtu ? $", MTU {Whole(mtu)} bytes" : ""));
        }

        output.WriteLine();
    }

    /// <summary>Writes what is to be said of the whole run.</summary>
    public static void WriteEnd(Output output, RunResult run)
    {
        if (run.Interrupted)
        {
            output.WriteLine("interrupted: what was not finished is missing");
        }

        foreach (Duration duration in run.Durations.Where(one => one.IsOver))
        {
            Wrap(output, $"{duration.Name} took {Numbers.Show(duration.TookS)} s, more than the "
                + $"{Numbers.Show(duration.BudgetS ?? 0)} s that --time allows its arms together");
        }

        foreach (string cut in run.Durations.Select(one => one.BrokenOff).OfType<string>())
        {
            Wrap(output, cut);
        }

        if (run.Settings.CompareWithItself)
        {
            DifferenceResult[] all = [.. run.Experiments.SelectMany(result => result.Differences)];
            output.WriteLine($"A/A: {Whole(all.Count(difference => difference.Verdict == Verdict.Effect))} of "
                + $"{Whole(all.Length)} comparisons of an arm with itself say \"effect\"");
        }
    }

    /// <summary>Writes one experiment.</summary>
    public static void Write(Output output, ExperimentResult result)
    {
        output.WriteLine($"{result.Name}, {result.Pattern}");
        Wrap(output, result.Done);
        if (result.Arms.Count > 0)
        {
            output.WriteLine();
            WriteArms(output, result);
        }

        if (result.Differences.Count > 0)
        {
            output.WriteLine();
            WriteDifferences(output, result);
        }

        ConnectionReport.Write(output, result.Arms);
        if (result.Facts is FactTable facts)
        {
            output.WriteLine();
            Table table = new([.. facts.Columns.Select(column => column.Replace('_', ' '))]);
            foreach (Fact[] row in facts.Rows)
            {
                table.Add([.. row.Select(Show)]);
            }

            table.Write(output);
        }

        foreach (string line in result.Disturbance?.Lines() ?? [])
        {
            output.WriteLine();
            Wrap(output, $"spoiled by {line}");
        }

        if (result.Meaning.Length > 0)
        {
            output.WriteLine();
        }

        foreach (string paragraph in (string[])[result.Meaning, result.Textbook])
        {
            if (paragraph.Length > 0)
            {
                Wrap(output, paragraph);
            }
        }

        output.WriteLine();
    }

    private static void WriteArms(Output output, ExperimentResult result)
    {
        Table arms = new("arm", "set", "read back", $"median {result.Unit}", Level(result.Arms[0].Median), "blocks");
        foreach (ArmResult arm in result.Arms)
        {
            arms.Add(arm.Name, Whole(arm.Requested), Whole(arm.Effective), Numbers.Show(arm.Median.Value),
                arm.Steady ? Show(arm.Median) : "not steady", Whole(arm.Blocks.Count));
        }

        arms.Write(output);
        if (result.Arms.Any(arm => !arm.Steady))
        {
            Wrap(output, "not steady: it had not settled within --time, so the median says little; run longer");
        }

        if (result.Arms.Any(arm => arm.Steady && arm.Median.Interval is null))
        {
            Wrap(output, $"in brackets: the range, smallest to largest block; the blocks are too few for an interval "
                + $"({MedianEstimate.FewestSamples} for 95 %; run longer, --time)");
        }
    }

    private static void WriteDifferences(Output output, ExperimentResult result)
    {
        Table differences = new($"compared, {result.Unit}", "difference", Level(result.Differences[0].Median), "verdict");
        foreach (DifferenceResult difference in result.Differences)
        {
            differences.Add($"{difference.B} - {difference.A}", Numbers.Show(difference.Median.Value),
                difference.Median.Interval is null ? "-" : Show(difference.Median), difference.Verdict.Text());
        }

        differences.Write(output);
        string[] floors =
        [
            .. result.Differences.Where(difference => difference.NoiseFloor is not null)
                .Select(difference => string.Create(
                    CultureInfo.InvariantCulture, $"{difference.A} {difference.NoiseFloor * 100:0.#} %")).Distinct(),
        ];
        Wrap(output, floors.Length > 0 ? $"noise floor, by two visits in each block: {string.Join(", ", floors)}"
            : "noise floor unknown: no time for second visits");
        string[] open =
        [
            .. result.Differences.Where(difference => difference.WantsBlocks)
                .Select(difference => $"{difference.B} "
                    + (difference.BlocksToDecide is int blocks ? $"about {Whole(blocks)}"
                        : $"more than {Whole(DifferenceResult.MostBlocks)}")),
        ];
        if (open.Length > 0)
        {
            Wrap(output, $"undecided: blocks that would decide it, if the median stays: {string.Join(", ", open)} (--blocks, and "
                + "--time in proportion)");
        }
    }

    private static string Show(Fact fact) => fact.Word ?? fact.Number?.ToString("0.###", CultureInfo.InvariantCulture) ?? "-";

    private static string Level(MedianEstimate estimate) =>
        string.Create(CultureInfo.InvariantCulture, $"{estimate.Confidence * 100:0.##} % interval");

    private static string Show(MedianEstimate estimate) => estimate.Interval is Interval interval
        ? $"{Numbers.Show(interval.Low)} .. {Numbers.Show(interval.High)}"
            : $"({Numbers.Show(estimate.Range.Low)} .. {Numbers.Show(estimate.Range.High)})";

    private static string Whole(long? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "-";

    private static void Wrap(Output output, string text)
    {
        int used = 0;
        foreach (string word in text.Split(' '))
        {
            if (used > 0 && used + 1 + word.Length > Width)
            {
                output.WriteLine();
                used = 0;
            }

            if (used > 0)
            {
                output.Write(" ");
                used++;
            }

            output.Write(word);
            used += word.Length;
        }

        output.WriteLine();
    }
}
