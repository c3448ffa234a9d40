using NetTools.Terminal;

namespace NetTools.EpollEcho;

/// <summary><c>epollecho --help</c>.</summary>
internal static class VerbsHelp
{
    private const string Text = """
        epollecho: an echo and HTTP server on epoll, and what tests it

        Usage: epollecho serve [OPTIONS]              see epollecho serve --help
               epollecho load TARGET [OPTIONS]        see epollecho load --help
               epollecho merge FILE...                see epollecho merge --help
               epollecho send --group ADDR [MESSAGE]  see epollecho send --help
               epollecho check HOST:PORT [OPTIONS]    see epollecho check --help
               epollecho --version

        Examples:
          epollecho serve &
          epollecho load 127.0.0.1:8080 -c 1000 -n 100000
        """;

    /// <summary>Prints the page.</summary>
    /// <returns>The exit code.</returns>
    public static int Write()
    {
        Output.Standard.WriteLine(Text);
        return ExitCode.Success;
    }
}
