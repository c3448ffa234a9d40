using System.Reflection;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.Terminal;

/// <summary>The frame around every tool's Main: version, error lines, exit codes.</summary>
public static class Command
{
    /// <summary>
    /// Runs a tool and turns every failure into one line on standard error and the right exit code.
    /// </summary>
    /// <param name="tool">The tool's name, the first word of each error line.</param>
    /// <param name="args">Main's arguments; a lone <c>--version</c> is answered here, before the parser is built.</param>
    /// <param name="body">The tool; returns its exit code.</param>
    public static int Run(string tool, string[] args, Func<string[], int> body)
    {
        ErrorLine.Tool = tool;
        StandardDescriptors.Reserve();
        // On a thread other than Main's an exception that nobody catches would end in a stack trace and SIGABRT.
        AppDomain.CurrentDomain.UnhandledException += (_, crash) => LibC._exit(Report(crash.ExceptionObject as Exception));
        try
        {
            int code = ExitCode.Success;
            if (args is ["--version"])
            {
                WriteVersion();
            }
            else
            {
                code = body(args);
            }

            Output.Standard.Flush();
            return code;
        }
        catch (Exception e)
        {
            return Report(e);
        }
    }

    /// <summary>The version all tools share, <c>MAJOR.MINOR.PATCH</c>: the Version property of the project files.</summary>
    public static string Version { get; } =
        typeof(Command).Assembly.GetName().Version?.ToString(fieldCount: 3) ?? "unknown";

    /// <summary>
    /// Prints the line of <c>--version</c>: tool, version, and in parentheses the commit, where the build knew it.
    /// </summary>
    public static void WriteVersion()
    {
        // VERSION+COMMIT, from InformationalVersion in tools/Directory.Build.props.
        string informational = typeof(Command)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";
        int plus = informational.IndexOf('+', StringComparison.Ordinal);
        Output.Standard.WriteLine(plus < 0 ? $"{ErrorLine.Tool} {Version}"
            : $"{ErrorLine.Tool} {Version} ({informational[(plus + 1)..]})");
    }

    /// <summary>Says what went wrong, and with which exit code that ends the tool.</summary>
    private static int Report(Exception? e)
    {
        while (e is TypeInitializationException { InnerException: Exception inner })
        {
            e = inner; // a call of a static field's initialiser failed
        }

        if (e is OutputException)
        {
            ErrorLine.Write(e.Message);
            return ExitCode.Negative;
        }

        try
        {
            Output.Standard.Flush(); // what was found before the failure is not lost
        }
        catch (OutputException)
        {
            // The first failure is the one to tell.
        }

        switch (e)
        {
            case OperationFailedException failed:
                ErrorLine.Write(failed.Message, failed.Hint);
                break;
            case IOException or UnauthorizedAccessException when Errno.Of(e) is int errno: // of the runtime
                ErrorLine.Write(Errno.Describe(errno));
                break;
            case OutOfMemoryException:
                ErrorLine.Write("out of memory");
                break;
            default:
                ErrorLine.Write($"internal error: {e?.GetType().Name}: {e?.Message}");
                break;
        }

        return ExitCode.CannotRun;
    }
}
