using NetTools.Terminal;

namespace NetTools.RawPing;

internal static class Program
{
    private static int Main(string[] args) => Command.Run("rawping", args, _ => ExitCode.CannotRun);
}
