namespace NetTools.Terminal;

/// <summary>What <c>--help</c> shows around the list of options. Lines fit 80 columns.</summary>
/// <param name="Name">The tool, or the tool and its verb: <c>epollecho serve</c>.</param>
/// <param name="Summary">One line: what it is for.</param>
/// <param name="Usage">The forms of the command line, without the name.</param>
/// <param name="Examples">Whole command lines, each with a word on what it does.</param>
public sealed record HelpPage(string Name, string Summary, string[] Usage, string[] Examples)
{
    /// <summary>Paragraphs between the options and the examples: output, privileges, notes.</summary>
    public string[] Notes { get; init; } = [];
}
