using NetTools.MuxBench.Measurement;
using NetTools.Terminal;
using static NetTools.MuxBench.Report.Wording;

namespace NetTools.MuxBench.Report;

/// <summary>A sweep drawn in characters, both axes logarithmic: a line of slope one is a cost that grows with n.</summary>
internal static class TerminalPlot
{
    private const int Width = 66;
    private const int Height = 18;
    private const int Columns = 80;
    private const string Marks = "abcdefgh";

    /// <summary>The lines of the drawing, at most 80 columns.</summary>
    /// <param name="points">Of one series.</param>
    public static IReadOnlyList<string> Lines(IReadOnlyList<Point> points)
    {
        Point[] drawn = [.. points.Where(point => point.Nanoseconds.Value > 0)];
        if (drawn.Select(point => point.Arm.Fds).Distinct().Count() < 2)
        {
            return ["nothing to draw: a plot needs two sizes (--sweep)"];
        }

        Axis across = Axis.Over(drawn.Select(point => (double)point.Arm.Fds), Width);
        Axis up = Axis.Over(drawn.Select(point => point.Nanoseconds.Value), Height);
        char[][] grid = [.. Enumerable.Range(0, Height).Select(_ => Enumerable.Repeat(' ', Width).ToArray())];
        string[] mechanisms = [.. drawn.Select(point => point.Arm.Mechanism).Distinct()];
        foreach (Point point in drawn)
        {
            ref char cell = ref grid[up.Place(point.Nanoseconds.Value)][across.Place(point.Arm.Fds)];
            cell = cell == ' ' ? Mark(mechanisms, point.Arm.Mechanism) : '*';
        }

        List<string> lines = [];
        for (int row = Height - 1; row >= 0; row--)
        {
            string label = row == Height - 1 ? Time(up.Highest) : row == 0 ? Time(up.Lowest) : row == Height / 2
                ? Time(up.At(row)) : "";
            lines.Add($"{label,9} |{new string(grid[row])}".TrimEnd());
        }

        lines.Add($"{"",9} +{new string('-', Width)}");
        string low = Text($"{across.Lowest:N0}");
        string high = Figures.Count((long)Math.Round(across.Highest), "descriptor");
        lines.Add($"{"",11}{low}{new string(' ', Width - low.Length - high.Length)}{high}");
        string legend = "";
        foreach (string entry in mechanisms.Select(name => $"{Mark(mechanisms, name)} {name}").Append("* several in one place"))
        {
            if (legend.Length + 2 + entry.Length > Columns)
            {
                lines.Add(legend);
                legend = "";
            }

            legend += legend.Length == 0 ? $"{"",11}{entry}" : $"  {entry}";
        }

        lines.Add(legend);
        return lines;
    }

    private static char Mark(string[] mechanisms, string name) => Marks[Array.IndexOf(mechanisms, name) % Marks.Length];

    /// <summary>A logarithmic axis of some cells.</summary>
    private readonly record struct Axis(double Lowest, double Highest, int Cells)
    {
        public static Axis Over(IEnumerable<double> values, int cells)
        {
            double[] all = [.. values];
            return new(all.Min(), Math.Max(all.Max(), all.Min() * 1.01), cells);
        }

        public int Place(double value) =>
            (int)Math.Round((Cells - 1) * Math.Log(value / Lowest) / Math.Log(Highest / Lowest));

        public double At(int place) => Lowest * Math.Pow(Highest / Lowest, (double)place / (Cells - 1));
    }
}
