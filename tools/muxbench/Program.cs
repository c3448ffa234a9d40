using System.Diagnostics.CodeAnalysis;
using NetTools.Terminal;

namespace NetTools.MuxBench;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(Options))]
    private static int Main(string[] args) => Command.Run("muxbench", args, words =>
        CommandLineReader.Read<Options>(words, Help.Page) is Options options ? Run.Execute(Settings.From(options)) : ExitCode.Success);
}
