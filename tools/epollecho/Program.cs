using System.Diagnostics.CodeAnalysis;
using NetTools.EpollEcho.Options;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Terminal;

namespace NetTools.EpollEcho;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(ServeOptions))]
    private static int Main(string[] args) => Command.Run("epollecho", args, Dispatch);

    private static int Dispatch(string[] args) => args switch
    {
        ["serve", .. string[] rest] => Serve(rest),
        _ => throw new OperationFailedException("missing verb", "see epollecho --help"),
    };

    private static int Serve(string[] args) => CommandLineReader.Read<ServeOptions>(args, ServeOptions.Help) is ServeOptions options
        ? ServeCommand.Run(options.ToSettings(), new ServeReport(Output.Standard, options.Json))
        : ExitCode.Success;
}
