using System.Text.Json;
using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>The manual's table of fields is what the code writes.</summary>
[Collection(LabLanes.RawPing)]
public partial class JsonFieldTests
{
    [Fact]
    public void The_manual_lists_every_field_and_no_other()
    {
        string tool = Path.Combine(Repository.Root, "tools", "rawping");
        SortedSet<string> written = new(StringComparer.Ordinal);
        foreach (string file in Directory.GetFiles(tool, "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match match in Written().Matches(File.ReadAllText(file)))
            {
                written.Add(match.Groups[1].Value);
            }
        }

        // What the shared head writes.
        written.UnionWith(["tool", "command", "version", "started", "ended", "interrupted", "options"]);
        string manual = File.ReadAllText(Path.Combine(tool, "rawping.1"));
        string table = manual[manual.IndexOf(".Sh JSON FIELDS", StringComparison.Ordinal)..];
        table = table[..table.IndexOf(".Sh ", 4, StringComparison.Ordinal)];
        string[] listed = [.. Listed().Matches(table).SelectMany(match => match.Groups[1].Value.Split(" , ")
            ).Order(StringComparer.Ordinal)];
        Assert.Equal(written, listed);
    }

    [LabFact(Needs.Root)]
    public void Events_are_written_as_they_happen()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        using EchoResponder responder = new(pair, request => request.Sequence switch
        {
            1 => [Answer.To(request.Message), Answer.To(request.Message)],
            2 => [Answer.About(request.Message, 3, 1)],
            3 => [Answer.To(request.Message) with { Delay = TimeSpan.FromMilliseconds(450) }],
            _ => [Answer.To(request.Message) with { From = "10.77.0.77" }],
        });
        using ToolProcess ping = ToolProcess.Launch("rawping",
            ["--json-lines", "--every", "0.3", "-c", "6", "-i", "0.2", "-W", "0.4", NetworkNamespaces.AddressB],
            new RunOptions { Namespace = pair.A });
        string first = ping.ReadLine();
        Assert.False(ping.HasExited); // it was not kept back until the end
        JsonElement[] events = [.. new[] { first }.Concat(ping.WaitForExit().Expect(0).OutputLines).Distinct()
            .Select(line => JsonDocument.Parse(line).RootElement)];
        string[] names = [.. events.Select(one => one.GetProperty("event").GetString()!)];
        Assert.Equal(6, names.Count(name => name == "sent"));
        Assert.Equal((1, 1, 1), (names.Count(name => name == "reply"), names.Count(name => name == "duplicate"),
            names.Count(name => name == "late")));
        Assert.Equal(["icmp", "rejected", "rejected", "rejected"],
            events.Where(one => one.GetProperty("event").GetString() == "error")
            .Select(one => one.GetProperty("kind").GetString()));
        Assert.Equal([(2, "error"), (3, "timeout"), (4, "timeout"), (5, "timeout"), (6, "timeout")],
            events.Where(one => one.GetProperty("event").GetString() == "lost")
            .Select(one => (one.GetProperty("seq").GetInt32(), one.GetProperty("reason").GetString()!)));
        Assert.True(names.Count(name => name == "summary") >= 2);
        Assert.All(events, one => Assert.Equal(JsonValueKind.String, one.GetProperty("time_ns").ValueKind));
        Assert.All(events, one => Assert.Equal(NetworkNamespaces.AddressB, one.GetProperty("address").GetString()));
        JsonElement summary = events[^1];
        Assert.True(summary.GetProperty("final").GetBoolean());
        Assert.Equal(["2-6"], summary.GetProperty("lost_seq").EnumerateArray().Select(range => range.GetString()!));
        Assert.Equal(83.3333, summary.GetProperty("lost_percent").GetDouble());
    }

    [GeneratedRegex("""Write(?:Number|NumberOrNull|String|Null|Boolean|StartObject|StartArray|Times?|Count|Rejected)"""
        + """\((?:json, )?"([a-z0-9_]+)"[,)]""")]
    private static partial Regex Written();

    [GeneratedRegex("""(?m)^\.It Va (.+)$""")]
    private static partial Regex Listed();
}
