using System.Diagnostics.CodeAnalysis;
using CommandLine;
using CommandLine.Text;
using NetTools.Os;
using ParserCommandLine = CommandLine.Parser;

namespace NetTools.Terminal;

/// <summary>Reads a command line into an options class of CommandLineParser attributes.</summary>
public static class CommandLineReader
{
    private const int Width = 80;

    /// <summary>The options of the last command line read, in order, as typed.</summary>
    public static IReadOnlyList<GivenOption> Given { get; private set; } = [];

    /// <summary>Its words that are not options.</summary>
    public static IReadOnlyList<string> GivenWords { get; private set; } = [];

    /// <summary>
    /// Fills an options class, or answers <c>--help</c>/<c>--version</c> and returns null (the tool then exits 0).
    /// </summary>
    /// <remarks>
    /// The words follow getopt_long(3): <c>-c 5</c>, <c>-c5</c>, <c>--count 5</c>, <c>--count=5</c>, <c>-qn</c>, <c>--</c>;
    /// a digit may be an option (<c>[Option('4', "ipv4")]</c>); an option given twice holds its last value. Surplus words,
    /// missing values and numbers that are not quite numbers are errors.
    /// </remarks>
    /// <typeparam name="T">
    /// The options class. Main must root it for the compiler: <c>[DynamicDependency(DynamicallyAccessedMemberTypes.All,
    /// typeof(T))]</c>.
    /// </typeparam>
    /// <param name="args">The words after the verb.</param>
    /// <param name="page">The help around the options.</param>
    /// <exception cref="OperationFailedException">The command line is wrong; the message says where.</exception>
    public static T? Read<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(string[] args, HelpPage page)
        where T : class
    {
        CommandLineWords words;
        try
        {
            words = CommandLineWords.Read(typeof(T), args);
        }
        catch (OperationFailedException e)
        {
            throw new OperationFailedException(e.Message, $"see {page.Name} --help");
        }

        if (words.Version)
        {
            Command.WriteVersion();
            return null;
        }

        if (words.Help)
        {
            WriteHelp<T>(page);
            return null;
        }

        T options = Activator.CreateInstance<T>();
        words.Fill(options);
        (Given, GivenWords) = (words.Given, words.Values);
        Sandbox.Configure(options is SandboxedOptions { RequireSandbox: true }, text => ErrorLine.Write(text),
            words.Given.Select(option => option.Value).OfType<string>().Concat(words.Values));
        return options;
    }

    private static void WriteHelp<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.All)] T>(HelpPage page)
        where T : class
    {
        using ParserCommandLine parser = new(settings =>
        {
            settings.HelpWriter = null;
            settings.MaximumDisplayWidth = Width;
        });
        ParserResult<T> result = parser.ParseArguments<T>(["--help"]);
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
