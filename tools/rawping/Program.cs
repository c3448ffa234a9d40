using System.Diagnostics.CodeAnalysis;
using NetTools.RawPing.Ping;
using NetTools.Terminal;

namespace NetTools.RawPing;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(PingOptions))]
    private static int Main(string[] args) => Command.Run("rawping", args, PingCommand.Run);
}
