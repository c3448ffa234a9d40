using NetTools.Terminal;

namespace NetTools.EpollEcho;

internal static class Program
{
    private static int Main(string[] args) => Command.Run("epollecho", args, _ => ExitCode.CannotRun);
}
