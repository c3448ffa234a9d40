using System.Diagnostics.CodeAnalysis;
using NetTools.Terminal;

using NetTools.MuxBench.Bench;

namespace NetTools.MuxBench;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(BenchOptions))]
    private static int Main(string[] args) => Command.Run("muxbench", args, words =>
        CommandLineReader.Read<BenchOptions>(words, BenchHelp.Page) is BenchOptions options ? BenchCommand.Run(BenchSettings.From(options)) : ExitCode.Success);
}
