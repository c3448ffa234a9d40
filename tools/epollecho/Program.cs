using System.Diagnostics.CodeAnalysis;
using NetTools.EpollEcho.Load;
using NetTools.EpollEcho.Options;
using NetTools.EpollEcho.Serve;
using NetTools.EpollEcho.Udp;
using NetTools.Libc;
using NetTools.Terminal;

namespace NetTools.EpollEcho;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(ServeOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(LoadOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(SendOptions))]
    private static int Main(string[] args) => Command.Run("epollecho", args, Dispatch);

    private static int Dispatch(string[] args) => args switch
    {
        ["serve", .. string[] rest] => Serve(rest),
        ["load", .. string[] rest] => Load(rest),
        ["send", .. string[] rest] => Send(rest),
        ["help" or "--help" or "-h"] => VerbsHelp.Write(),
        [] => throw new OperationFailedException("serve, load or send?", "see epollecho --help"),
        _ => throw new OperationFailedException($"'{args[0]}' is not serve, load or send", "see epollecho --help"),
    };

    private static int Serve(string[] args) => CommandLineReader.Read<ServeOptions>(args, ServeOptions.Help) is ServeOptions options
        ? ServeCommand.Run(options.ToSettings(), new ServeReport(Output.Standard, options.Json))
        : ExitCode.Success;

    private static int Load(string[] args) => CommandLineReader.Read<LoadOptions>(args, LoadOptions.Help) is LoadOptions options
        ? LoadCommand.Run(options.ToSettings(), options.Json, options.Hgrm)
        : ExitCode.Success;

    private static int Send(string[] args) => CommandLineReader.Read<SendOptions>(args, SendOptions.Help) is SendOptions options
        ? SendCommand.Run(options.ToSettings(), options.Json)
        : ExitCode.Success;
}
