using System.Text.Json;
using NetTools.OptBench.Experiments;
using NetTools.Terminal;

namespace NetTools.OptBench.List;

/// <summary>optbench list: the experiments, one line each.</summary>
internal static class ListCommand
{
    /// <summary>Prints them.</summary>
    public static int Run(ListOptions options)
    {
        if (options.Json)
        {
            using JsonLines lines = new(Output.Standard);
            foreach (Experiment experiment in Catalog.All)
            {
                Utf8JsonWriter json = lines.Begin();
                json.WriteString("name", experiment.Name);
                json.WriteString("shows", experiment.Shows);
                lines.End();
            }

            return ExitCode.Success;
        }

        foreach (Experiment experiment in Catalog.All)
        {
            Output.Standard.WriteLine($"{experiment.Name,-11} {experiment.Shows}");
        }

        return ExitCode.Success;
    }
}
