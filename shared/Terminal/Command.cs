using NetTools.Libc;

namespace NetTools.Terminal;

/// <summary>The frame around every tool's Main: version, error lines, exit codes.</summary>
public static class Command
{
    /// <summary>
    /// Runs a tool and turns whatever goes wrong into one line on standard error and the right exit code.
    /// </summary>
    /// <param name="tool">The tool's name, the first word of each error line.</param>
    /// <param name="args">Main's arguments; a lone <c>--version</c> is answered here, before the parser is built.</param>
    /// <param name="body">The tool; returns its exit code.</param>
    public static int Run(string tool, string[] args, Func<string[], int> body)
    {
        ErrorLine.Tool = tool;
        try
        {
            if (args is ["--version"])
            {
                Output.Standard.WriteLine($"{tool} {Version}");
                Output.Standard.Flush();
                return ExitCode.Success;
            }

            int code = body(args);
            Output.Standard.Flush();
            return code;
        }
        catch (OutputException e)
        {
            ErrorLine.Write(e.Message);
            return ExitCode.Negative;
        }
        catch (OperationFailedException e)
        {
            return Fail(e.Message, e.Hint);
        }
        catch (OutOfMemoryException)
        {
            return Fail("out of memory", null);
        }
        catch (Exception e)
        {
            return Fail($"internal error: {e.GetType().Name}: {e.Message}", null);
        }
    }

    /// <summary>The version all tools share, <c>MAJOR.MINOR.PATCH</c>: the Version property of the project files.</summary>
    public static string Version { get; } =
        typeof(Command).Assembly.GetName().Version?.ToString(fieldCount: 3) ?? "unknown";

    private static int Fail(string message, string? hint)
    {
        try
        {
            Output.Standard.Flush(); // what was found before the failure is not lost
        }
        catch (OutputException)
        {
            // The first failure is the one to tell.
        }

        ErrorLine.Write(message, hint);
        return ExitCode.CannotRun;
    }
}
