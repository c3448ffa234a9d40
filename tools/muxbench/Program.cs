using NetTools.Terminal;

namespace NetTools.MuxBench;

internal static class Program
{
    private static int Main(string[] args) => Command.Run("muxbench", args, _ => ExitCode.CannotRun);
}
