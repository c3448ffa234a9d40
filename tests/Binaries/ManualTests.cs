using System.Reflection;
using System.Text.RegularExpressions;
using CommandLine;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>
/// The manual pages describe every option there is, and no other. (--help is made from the options themselves.)
/// </summary>
public partial class ManualTests
{
    public static TheoryData<string> Tools => [.. Repository.Tools];

    [LabTheory(Needs.Mandoc)]
    [MemberData(nameof(Tools))]
    public void Every_option_is_in_the_manual(string tool)
    {
        HashSet<string> described = [.. OptionsOf(Page(tool))];
        Assert.Empty(Options(tool).SelectMany(Spellings).Where(option => !described.Contains(option)).Distinct());
    }

    [LabTheory(Needs.Mandoc)]
    [MemberData(nameof(Tools))]
    public void Every_option_of_the_manual_exists(string tool)
    {
        HashSet<string> known = [.. Options(tool).SelectMany(Spellings), "--help", "--version", "-h", "-V"];
        // Elsewhere in the text stand options of other programs; a line that begins with one describes it.
        IEnumerable<string> described =
            Page(tool).Split('\n').Where(line => line.TrimStart().StartsWith('-')).SelectMany(OptionsOf);
        Assert.Empty(described.Where(option => !known.Contains(option)).Distinct());
    }

    private static IEnumerable<OptionAttribute> Options(string tool) => typeof(Command).Assembly.GetTypes()
        .Where(type => type.Namespace?.StartsWith("NetTools.", StringComparison.Ordinal) == true
            && type.Namespace.Split('.')[1].Equals(tool, StringComparison.OrdinalIgnoreCase))
        .SelectMany(type => type.GetProperties())
        .Select(property => property.GetCustomAttribute<OptionAttribute>())
        .OfType<OptionAttribute>();

    private static IEnumerable<string> Spellings(OptionAttribute option)
    {
        if (option.ShortName.Length > 0)
        {
            yield return $"-{option.ShortName}";
        }

        if (option.LongName.Length > 0)
        {
            yield return $"--{option.LongName}";
        }
    }

    private static IEnumerable<string> OptionsOf(string text) => Option().Matches(text).Select(match => match.Value);

    /// <summary>The page as text; bold letters come as letter, backspace, letter.</summary>
    private static string Page(string tool) =>
        Overstrike().Replace(ToolProcess.RunCommand("mandoc", "-T", "ascii", "-O", "width=200",
        Path.Combine(Repository.Root, "tools", tool, $"{tool}.1")).Expect(0).Output, "");

    [GeneratedRegex(@"(?<![\w-])(--[a-z][a-z0-9-]*|-[A-Za-z0-9#])(?![\w-])")]
    private static partial Regex Option();

    [GeneratedRegex(".\b")]
    private static partial Regex Overstrike();
}
