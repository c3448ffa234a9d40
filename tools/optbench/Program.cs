using System.Diagnostics.CodeAnalysis;
using NetTools.OptBench.Compare;
using NetTools.OptBench.Link;
using NetTools.OptBench.List;
using NetTools.OptBench.Run;
using NetTools.OptBench.Server;
using NetTools.Terminal;

namespace NetTools.OptBench;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(RunOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(ServerOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(LinkOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(ListOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(CompareOptions))]
    private static int Main(string[] args) => Command.Run("optbench", args, words => words switch
    {
        ["list", .. string[] rest] => CommandLineReader.Read<ListOptions>(rest, ListOptions.Help) is ListOptions list
            ? ListCommand.Run(list) : ExitCode.Success,
        ["compare", .. string[] rest] =>
            CommandLineReader.Read<CompareOptions>(rest, CompareOptions.Help) is CompareOptions compare
            ? CompareCommand.Run(compare) : ExitCode.Success,
        ["server", .. string[] rest] => CommandLineReader.Read<ServerOptions>(rest, ServerOptions.Help) is ServerOptions server
            ? ServerCommand.Run(server) : ExitCode.Success,
        ["link", .. string[] rest] => CommandLineReader.Read<LinkOptions>(rest, LinkOptions.Help) is LinkOptions link
            ? LinkCommand.Run(link) : ExitCode.Success,
        _ => CommandLineReader.Read<RunOptions>(words, RunOptions.Help) is RunOptions run
            ? RunCommand.Run(run) : ExitCode.Success,
    });
}
