using System.Diagnostics.CodeAnalysis;
using CommandLine;
using CommandLine.Text;
using NetTools.Libc;
using ParserCommandLine = CommandLine.Parser;

namespace NetTools.Terminal;

/// <summary>Reads a command line into an options class of CommandLineParser attributes.</summary>
public static class CommandLineReader
{
    private const int Width = 80;

    /// <summary>
    /// Fills an options class, or answers <c>--help</c>/<c>--version</c> and returns null (the tool then exits 0).
    /// </summary>
    /// <typeparam name="T">
    /// The options class. Main must root it for the compiler: <c>[DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(T))]</c>.
    /// </typeparam>
    /// <param name="args">The words after the verb.</param>
    /// <param name="page">The help around the options.</param>
    /// <param name="digits">
    /// Long names for options that are a digit (<c>-4</c>, <c>-6</c>): the parser takes a dash and a digit for a value.
    /// </param>
    /// <exception cref="OperationFailedException">The command line is wrong; the message says where.</exception>
    public static T? Read<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(
        string[] args, HelpPage page, IReadOnlyDictionary<string, string>? digits = null)
        where T : class
    {
        using ParserCommandLine parser = new(settings =>
        {
            settings.HelpWriter = null;
            settings.CaseInsensitiveEnumValues = true;
            settings.EnableDashDash = true;
            settings.AllowMultiInstance = true;
            settings.MaximumDisplayWidth = Width;
        });
        ParserResult<T> result = parser.ParseArguments<T>(ReplaceDigits(args, digits));
        if (result is Parsed<T> parsed)
        {
            return parsed.Value;
        }

        Error error = result.Errors.First();
        switch (error.Tag)
        {
            case ErrorType.HelpRequestedError:
                WriteHelp(result, page);
                return null;
            case ErrorType.VersionRequestedError:
                Output.Standard.WriteLine($"{ErrorLine.Tool} {Command.Version}");
                return null;
            default:
                string sentence = SentenceBuilder.Create().FormatError(error).TrimEnd('.');
                throw new OperationFailedException(sentence, $"see {page.Name} --help");
        }
    }

    private static string[] ReplaceDigits(string[] args, IReadOnlyDictionary<string, string>? digits)
    {
        if (digits is null)
        {
            return args;
        }

        int end = Array.IndexOf(args, "--");
        return [.. args.Select((word, i) =>
            (end < 0 || i < end) && digits.TryGetValue(word, out string? name) ? name : word)];
    }

    private static void WriteHelp<T>(ParserResult<T> result, HelpPage page)
    {
        HelpText help = new()
        {
            MaximumDisplayWidth = Width,
            AdditionalNewLineAfterOption = false,
            AddDashesToOption = true,
            AddEnumValuesToHelpText = true,
        };
        help.AddOptions(result);

        Output output = Output.Standard;
        output.WriteLine($"{page.Name}: {page.Summary}");
        output.WriteLine();
        for (int i = 0; i < page.Usage.Length; i++)
        {
            output.WriteLine($"{(i == 0 ? "Usage:" : "      ")} {page.Name} {page.Usage[i]}");
        }

        output.WriteLine();
        output.WriteLine("Options:");
        output.WriteLine(help.ToString().Trim('\r', '\n'));
        foreach (string note in page.Notes)
        {
            output.WriteLine();
            output.WriteLine(note);
        }

        output.WriteLine();
        output.WriteLine("Examples:");
        foreach (string example in page.Examples)
        {
            output.WriteLine($"  {example}");
        }
    }
}
