using NetTools.Terminal;

namespace NetTools.OptBench;

internal static class Program
{
    private static int Main(string[] args) => Command.Run("optbench", args, _ => ExitCode.CannotRun);
}
