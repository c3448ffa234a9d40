using NetTools.Terminal;

namespace NetTools.PktSniff;

internal static class Program
{
    private static int Main(string[] args) => Command.Run("pktsniff", args, _ => ExitCode.CannotRun);
}
