using CommandLine;
using NetTools.Terminal;

namespace NetTools.OptBench.List;

/// <summary>What the user asked for: optbench list.</summary>
internal sealed class ListOptions
{
    [Option("json", HelpText = "Print JSON, an object a line.")]
    public bool Json { get; set; }

    public static HelpPage Help { get; } =
        new("optbench list", "names the experiments, one line each", ["[--json]"], ["optbench list"]);
}
