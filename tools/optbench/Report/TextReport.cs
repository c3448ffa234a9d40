using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.Terminal;

namespace NetTools.OptBench.Report;

/// <summary>Results for people: what was done, a table, what it means, what the textbook says.</summary>
internal static class TextReport
{
    private const int Width = 80;

    /// <summary>Writes the machine's facts.</summary>
    public static void Write(Output output, MeasuringEnvironment environment)
    {
        Wrap(output, environment.ToString());
        output.WriteLine();
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
            foreach (string[] row in facts.Rows)
            {
                table.Add(row);
            }

            table.Write(output);
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
        Table arms = new("arm", "set", "read back", $"median {result.Unit}", Level(result.Arms[0].Median), "samples");
        foreach (ArmResult arm in result.Arms)
        {
            arms.Add(arm.Name, Whole(arm.Requested), Whole(arm.Effective), Numbers.Show(arm.Median.Value), Show(arm.Median.Interval),
                Whole(arm.Samples.Count));
        }

        arms.Write(output);
    }

    private static void WriteDifferences(Output output, ExperimentResult result)
    {
        Table differences = new($"compared, {result.Unit}", "difference", Level(result.Differences[0].Median), "verdict");
        foreach (DifferenceResult difference in result.Differences)
        {
            differences.Add($"{difference.B} - {difference.A}", Numbers.Show(difference.Median.Value), Show(difference.Median.Interval),
                difference.Verdict.Text());
        }

        differences.Write(output);
        if (result.Differences.Any(difference => difference.Verdict == EffectVerdict.Undecided))
        {
            output.WriteLine("undecided: the interval is too wide to rule an effect out; run longer (--time)");
        }
    }

    private static string Level(Estimate estimate) => string.Create(CultureInfo.InvariantCulture, $"{estimate.Confidence * 100:0.##} % interval");

    private static string Show(Interval interval) => $"{Numbers.Show(interval.Low)} .. {Numbers.Show(interval.High)}";

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
