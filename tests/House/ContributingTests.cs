using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.House;

/// <summary>.github/CONTRIBUTING.md names files that exist, and examples of new files that do not.</summary>
public partial class ContributingTests
{
    private static readonly string s_text = File.ReadAllText(Path.Combine(Repository.Root, ".github", "CONTRIBUTING.md"));

    /// <summary>Every file of the sources, relative to the repository.</summary>
    private static readonly string[] s_files = [.. new[] { "shared", "tools", "tests", "scripts" }
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*", SearchOption.AllDirectories))
        .Concat(Directory.EnumerateFiles(Repository.Root)).Select(path => Path.GetRelativePath(Repository.Root, path))];

    public static TheoryData<string> Names => new(Named().Except(Examples));

    /// <summary>The first file of each worked list: the one that is to be written.</summary>
    private static string[] Examples =>
        [.. NewFile().Matches(s_text).Select(match => match.Groups[1].Value)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_it_names_exists(string name)
    {
        string end = name.EndsWith("Tests", StringComparison.Ordinal) ? $"/{name}.cs" : $"/{name}";
        Assert.Contains(s_files, file => $"/{file}".EndsWith(end, StringComparison.Ordinal));
    }

    [Fact]
    public void Its_examples_of_new_files_are_new_and_their_folders_exist()
    {
        Assert.Equal(3, Examples.Length);
        Assert.All(Examples, example =>
        {
            Assert.DoesNotContain(example, s_files);
            Assert.True(Directory.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(example)!)), example);
        });
    }

    [Theory]
    [InlineData("PayloadProtocol")]
    [InlineData("Mechanism")]
    public void The_class_that_a_new_one_derives_from_is_abstract(string name) => Assert.Contains(
        s_files.Where(file => file.EndsWith($"/{name}.cs", StringComparison.Ordinal)),
        file => File.ReadAllText(Path.Combine(Repository.Root, file)).Contains($"abstract class {name}", StringComparison.Ordinal)
            || File.ReadAllText(Path.Combine(Repository.Root, file))
                .Contains($"abstract unsafe class {name}", StringComparison.Ordinal));

    private static IEnumerable<string> Named() => Name().Matches(s_text).Select(match => match.Groups[1].Value).Distinct();

    [GeneratedRegex(@"`([A-Za-z0-9_./]+(?:\.(?:cs|sh|md|1|props|json)|Tests))`")]
    private static partial Regex Name();

    [GeneratedRegex(@"^1\. `([^`]+)`: (?:a class )?(?:derived|arms)", RegexOptions.Multiline)]
    private static partial Regex NewFile();
}
