using System.Text;

namespace NetTools.Terminal;

/// <summary>Columns of text, each as wide as its widest cell: the first left-aligned, the others right-aligned.</summary>
/// <param name="headings">One heading a column.</param>
public sealed class Table(params string[] headings)
{
    private readonly List<string[]> _rows = [headings];

    /// <summary>Adds a row; it has as many cells as there are headings.</summary>
    public void Add(params string[] cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, headings.Length);
        _rows.Add(cells);
    }

    /// <summary>The table as lines, two spaces between columns.</summary>
    public IEnumerable<string> Lines()
    {
        int[] widths = [.. headings.Select((_, column) => _rows.Max(row => row[column].Length))];
        foreach (string[] row in _rows)
        {
            StringBuilder line = new();
            for (int column = 0; column < row.Length; column++)
            {
                line.Append(column == 0 ? row[0].PadRight(widths[0]) : row[column].PadLeft(widths[column] + 2));
            }

            yield return line.ToString().TrimEnd();
        }
    }

    /// <summary>Writes the lines.</summary>
    public void Write(Output output)
    {
        foreach (string line in Lines())
        {
            output.WriteLine(line);
        }
    }
}
