using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.House;

/// <summary>The rules of .github/CONTRIBUTING.md that can be read off the files.</summary>
public partial class HouseTests
{
    private const int Columns = 130;

    /// <summary>The shared rooms, each with those it may use besides itself.</summary>
    private static readonly Dictionary<string, string[]> s_rooms = new()
    {
        ["Libc"] = [],
        ["Os"] = ["Libc"],
        ["Sockets"] = ["Libc", "Os"],
        ["Packets"] = ["Libc", "Os"],
        ["Measure"] = ["Libc", "Os", "Sockets", "Packets", "Terminal"],
        ["Terminal"] = ["Libc", "Os", "Sockets", "Packets"],
    };

    private static readonly string[] s_namespaces = ["EpollEcho", "RawPing", "PktSniff", "OptBench", "MuxBench"];

    /// <summary>Markdown and tab-separated tables are left out: their rows cannot be broken.</summary>
    [Fact]
    public void Lines_have_at_most_130_columns() => AssertNone(
        Lines("cs", "sh", "bash", "awk", "py", "c", "h", "1", "props", "targets", "csproj", "yml", "Makefile", "run")
            .Where(line => line.Text.Length > Columns)
            .Select(line => $"{line.Place}: {line.Text.Length} columns"));

    /// <summary>Besides dot files; git knows which belong to the project.</summary>
    [Fact]
    public void The_top_level_holds_what_the_design_names() => Assert.Equal(
        ["Directory.Packages.props", "LICENSE", "Makefile", "NetTools.sln", "README.md", "scripts", "shared", "tests", "tools"],
        ToolProcess.RunCommand("git", "-C", Repository.Root, "ls-files").Expect(0).OutputLines
            .Select(path => path.Split('/')[0]).Where(name => name[0] != '.').Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Only_headers_and_generated_code_make_partial_classes() => AssertNone(Sources("shared", "tools")
        .Where(file => !file.Path.StartsWith("shared/Libc/", StringComparison.Ordinal) && Partial().IsMatch(file.Text)
            && !file.Text.Contains("[GeneratedRegex(", StringComparison.Ordinal)
                && !file.Text.Contains("[LibraryImport(", StringComparison.Ordinal)
            && !file.Text.Contains(": JsonSerializerContext", StringComparison.Ordinal))
        .Select(file => file.Path));

    [Fact]
    public void A_tool_names_no_other_tool() => AssertNone(Sources("tools").SelectMany(file => s_namespaces
        .Where(name => !file.Path.StartsWith($"tools/{name.ToLowerInvariant()}/", StringComparison.Ordinal)
            && file.Text.Contains($"NetTools.{name}", StringComparison.Ordinal))
        .Select(name => $"{file.Path}: NetTools.{name}")));

    [Fact]
    public void Shared_rooms_know_no_tool() => AssertNone(Sources("shared").SelectMany(file => s_namespaces
        .Where(name => file.Text.Contains($"NetTools.{name}", StringComparison.Ordinal))
            .Select(name => $"{file.Path}: NetTools.{name}")));

    [Fact]
    public void Rooms_lean_one_way() => AssertNone(Sources("shared").SelectMany(file =>
    {
        string room = file.Path.Split('/')[1];
        return RoomUsed().Matches(file.Text).Select(match => match.Groups[1].Value)
            .Where(used => used != room && !s_rooms[room].Contains(used)).Distinct().Select(used => $"{file.Path} uses {used}");
    }));

    [Fact]
    public void Namespaces_follow_folders() => AssertNone(Sources("shared", "tools")
        .Where(file => !file.Path.EndsWith("/Program.cs", StringComparison.Ordinal))
            .Select(file => (file, Expected: Namespace(file.Path)))
        .Where(pair => !pair.file.Text.Contains($"\nnamespace {pair.Expected};", StringComparison.OrdinalIgnoreCase)
            && !pair.file.Text.StartsWith($"namespace {pair.Expected};", StringComparison.OrdinalIgnoreCase))
        .Select(pair => $"{pair.file.Path}: not in {pair.Expected}"));

    /// <summary>The list of tools: scripts read it, completions and documents repeat it.</summary>
    [Fact]
    public void The_list_of_tools_is_that_of_the_folders()
    {
        IEnumerable<string> folders = Directory.EnumerateFiles(
            Path.Combine(Repository.Root, "tools"), "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetFileNameWithoutExtension(path));
        Assert.Equal(folders.Order(), Repository.Tools.Order());
        string completions = File.ReadAllText(Path.Combine(Repository.Root, "scripts", "completions.bash"));
        Assert.Contains($"complete -o default -F _nettools {string.Join(' ', Repository.Tools)}\n", completions,
            StringComparison.Ordinal);
    }

    /// <summary>A method with a body decides something, and then it belongs to Os.</summary>
    [Fact]
    public void Libc_holds_headers_only() =>
        AssertNone(Sources("shared/Libc").Where(file => MethodBody().IsMatch(file.Text)).Select(file => file.Path));

    [Fact]
    public void Test_classes_end_in_Tests() => AssertNone(Sources("tests").SelectMany(file => !Test().IsMatch(file.Text) ? []
        : Class().Matches(file.Text).Where(match => !match.Groups[1].Value.EndsWith("Tests", StringComparison.Ordinal)
            && file.Text.IndexOf(match.Value, StringComparison.Ordinal) < Test().Match(file.Text).Index)
                .Select(match => $"{file.Path}: {match.Groups[1].Value}")));

    [Fact]
    public void Names_of_tests_are_sentences() => AssertNone(Sources("tests").SelectMany(file => TestMethod().Matches(file.Text)
        .Select(match => match.Groups[1].Value).Where(name => !Sentence().IsMatch(name)).Select(name => $"{file.Path}: {name}")));

    /// <summary>Words and turns that a native reader would not write, in code, comments, help, manuals and tests.</summary>
    [Fact]
    public void The_English_is_plain() => AssertNone(
        Lines("cs", "sh", "bash", "awk", "py", "c", "h", "md", "1", "tsv", "props", "targets", "csproj", "Makefile", "run")
            .Where(line => line.File != "tests/House/HouseTests.cs")
            .SelectMany(line => Banned().Matches(line.Text.Replace('_', ' '))
                .Select(match => $"{line.Place}: \"{match.Value}\"")));

    [Theory]
    [InlineData("after so many requests")]
    [InlineData("it is set anew")]
    [InlineData("Tells of the end")]
    [InlineData("are told of it")]
    [InlineData("where it shall lie")]
    [InlineData("the how-manieth probe")]
    [InlineData("whatever came")]
    [InlineData("by whichever name")]
    [InlineData("it is no number")]
    [InlineData("60 bytes are no frame")]
    public void A_turn_that_is_not_plain_English_is_found(string text) => Assert.Matches(Banned(), text);

    [Theory]
    [InlineData("there is no such host")]
    [InlineData("which is no longer open")]
    [InlineData("a marshalled string")]
    public void Plain_English_passes(string text) => Assert.DoesNotMatch(Banned(), text);

    private static string Namespace(string path)
    {
        string[] parts = path.Split('/')[..^1];
        return parts[0] == "shared" ? $"NetTools.{parts[1]}" : $"NetTools.{string.Join('.', parts[1..])}";
    }

    private static void AssertNone(IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, $"{all.Length}:\n{string.Join('\n', all.Take(40))}");
    }

    private static IEnumerable<(string Path, string Text)> Sources(params string[] folders) =>
        folders.SelectMany(folder => Files(folder, "cs"));

    /// <summary>The lines of the files whose name is, or whose extension is, one of these.</summary>
    private static IEnumerable<(string File, string Place, string Text)> Lines(params string[] extensions)
    {
        string[] folders = ["", "shared", "tools", "tests", "scripts", ".github", ".ci"];
        foreach ((string path, string text) in extensions.SelectMany(
            extension => folders.SelectMany(folder => Files(folder, extension))))
        {
            foreach ((int number, string line) in text.Split('\n').Index())
            {
                yield return (path, $"{path}:{number + 1}", line);
            }
        }
    }

    private static IEnumerable<(string Path, string Text)> Files(string folder, string extension)
    {
        string root = Path.Combine(Repository.Root, folder);
        return !Directory.Exists(root) ? [] : Directory.EnumerateFiles(root, "*",
            folder == "" ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) == extension || path.EndsWith($".{extension}", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "artifacts"))
            .Order(StringComparer.Ordinal).Select(path => (path, File.ReadAllText(Path.Combine(Repository.Root, path))));
    }

    [GeneratedRegex(@"\bpartial (class|struct|record|interface)\b")]
    private static partial Regex Partial();

    [GeneratedRegex(@"(?<!namespace )\bNetTools\.(Libc|Os|Sockets|Packets|Measure|Terminal)\b")]
    private static partial Regex RoomUsed();

    [GeneratedRegex(@"\)\s*\n    \{")]
    private static partial Regex MethodBody();

    [GeneratedRegex(@"\[(Fact|Theory|LabFact|LabTheory)\b")]
    private static partial Regex Test();

    [GeneratedRegex(@"^(?:public |internal )(?:sealed |static |abstract |unsafe |partial )*class (\w+)", RegexOptions.Multiline)]
    private static partial Regex Class();

    [GeneratedRegex(@"\[(?:Fact|Theory|LabFact|LabTheory)\b[^\n]*\](?:\s*\[[^\n]*\][^\n]*)*\s*public (?:async )?\w+ (\w+)\(")]
    private static partial Regex TestMethod();

    [GeneratedRegex("^(?![A-Za-z0-9]*[a-z][A-Z][A-Za-z0-9]*$)[A-Z][a-zA-Z0-9]*(_[a-zA-Z0-9]+)*$")]
    private static partial Regex Sentence();

    [GeneratedRegex(@"\bso many\b|\banew\b|\btells? of\b|\btold of\b|\bshall\b|how-manieth|\b(what|who|which)ever\b"
        + @"|(?<!\bthere )\b(is|are|was|were|be) no (?!longer\b|more\b|less\b|cheaper\b|earlier\b|later\b|faster\b)[a-z]",
        RegexOptions.IgnoreCase)]
    private static partial Regex Banned();
}
