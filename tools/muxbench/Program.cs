using System.Diagnostics.CodeAnalysis;
using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Compare;
using NetTools.Terminal;

namespace NetTools.MuxBench;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(BenchOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(CompareOptions))]
    private static int Main(string[] args) => Command.Run("muxbench", args, words => words switch
    {
        ["compare", .. string[] rest] =>
            CommandLineReader.Read<CompareOptions>(rest, CompareOptions.Help) is CompareOptions compare
            ? CompareCommand.Run(CompareSettings.From(compare)) : ExitCode.Success,
        _ => CommandLineReader.Read<BenchOptions>(words, BenchOptions.Help) is BenchOptions bench
            ? BenchCommand.Run(BenchSettings.From(bench)) : ExitCode.Success,
    });
}
