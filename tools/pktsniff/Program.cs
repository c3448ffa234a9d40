using System.Diagnostics.CodeAnalysis;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Check;
using NetTools.PktSniff.Inject;
using NetTools.Terminal;

namespace NetTools.PktSniff;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(CaptureOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(InjectOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(CheckOptions))]
    private static int Main(string[] args) => Command.Run("pktsniff", args, Run);

    private static int Run(string[] args)
    {
        if (args is ["check", ..])
        {
            return CheckCommand.Run(args[1..]);
        }

        if (args is ["inject", ..])
        {
            InjectOptions? inject = CommandLineReader.Read<InjectOptions>(args[1..], Help.Inject);
            return inject is null ? ExitCode.Success : new InjectCommand(inject.ToSettings()).Run();
        }

        CaptureOptions? capture = CommandLineReader.Read<CaptureOptions>(TcpdumpNames.Translate(args), Help.Capture);
        return capture is null ? ExitCode.Success : new CaptureCommand(capture.ToSettings()).Run();
    }
}
