using System.Diagnostics.CodeAnalysis;
using NetTools.RawPing.Check;
using NetTools.RawPing.Ping;
using NetTools.Terminal;

namespace NetTools.RawPing;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(PingOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(CheckOptions))]
    private static int Main(string[] args) => Command.Run("rawping", args, Dispatch);

    private static int Dispatch(string[] args) => args is ["check", ..] ? CheckCommand.Run(args[1..]) : PingCommand.Run(args);
}
