using System.Text.Json;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>
/// A network in which each host misbehaves in its own way, three requests to each: text, JSON and the events say the same.
/// </summary>
[Collection(LabLanes.RawPing)]
public class MisbehaviourLabTests
{
    private const string Router = "10.79.0.250";
    private const int Requests = 3;

    // By the last octet of the host: what it answers, and the counts that are not 0.
    private static readonly Dictionary<int, (Func<EchoRequest, IEnumerable<Answer>> Answers, string Counts)> s_hosts = new()
    {
        [2] = (r => [Reply(r)], "received 3"),
        [4] = (r => [Error(r, 3, 1), Reply(r) with { Delay = TimeSpan.FromMilliseconds(20) }], "received 3, icmp 3"),
        [5] = (r => [Reply(r), Reply(r), Reply(r)], "received 3, duplicates 6"),
        [6] = (r => [Reply(r) with { From = "10.79.0.60" }], "lost 3, wrong_source 3"),
        [7] = (r => [Reply(r, m => m[2] ^= 0x12, seal: false)], "lost 3, corrupted 3"),
        [8] = (r => [Reply(r, m => m[0] = 200)], "lost 3"), // a type that nobody asked for
        [9] = (r => [Reply(r, m => m[28] ^= 1)], "lost 3, corrupted 3"),
        [10] = (r => [Sealed(Reply(r).Message[..^8]) with { From = r.To }], "lost 3, corrupted 3"),
        [11] = (r => [Sealed([.. Reply(r).Message, .. "extended"u8]) with { From = r.To }], "lost 3, corrupted 3"),
        [13] = (r => [Cut(Error(r, 3, 1), 8)], "lost 3, icmp 3"),
        [14] = (r => [Error(r, 11, 0)], "lost 3, icmp 3"),
        [15] = (r => [Error(r, 5, 1, 0x0a4f00fb), Reply(r)], "received 3, advice 3"),
        [16] = (r => [.. Enumerable.Repeat(Error(r, 3, 1), 50)], "lost 3, icmp 3"),
        [18] = (r => [Reply(r), Reply(r, m => m[6] ^= 0x40)], "received 3, never_sent 3"),
        [20] = (r => [Reply(r, m => m[1] = 1)], "received 3"),
        [21] = (r => [Error(r, 11, 0), Error(r, 11, 0)], "lost 3, icmp 3"),
        [22] = (r => [Error(r, 12, 0, 20u << 24)], "lost 3, icmp 3"),
        [23] = (r => [Error(r, 3, 13), Error(r, 3, 15)], "lost 3, icmp 6"), // of two kinds
        [27] = (r => [Error(r, 3, 4, 1400)], "lost 3, icmp 3"),
        [28] = (r => [Reply(r, m => m[8] ^= 1)], "lost 3, wrong_nonce 3"),
        [31] = (_ => [], "lost 3"),
        [32] = (r => [Reply(r), Error(r, 3, 1)], "received 3, icmp 3"),
        [34] = (r => [.. Enumerable.Range(0, 28).Select(length => Cut(Error(r, 3, 1), length - 20)), Reply(r)], "received 3"),
    };

    [LabFact(Needs.Root)]
    public async Task Text_JSON_and_events_count_the_same()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        NetworkNamespaces.Ip("-n", pair.A, "route", "add", "10.79.0.0/24", "via", NetworkNamespaces.AddressB);
        NetworkNamespaces.Ip("-n", pair.B, "route", "add", "local", "10.79.0.0/24", "dev", "lo");
        using EchoResponder responder = new(pair, request => s_hosts[int.Parse(request.To.Split('.')[3])].Answers(request));
        string[] hosts = [.. s_hosts.Keys.Select(octet => $"10.79.0.{octet}")];
        string[] args = ["-n", "-c", $"{Requests}", "-i", "0.1", "-W", "4"];
        // At the same time: what answers comes at once, and what does not is waited for.
        Task<string[]>[] runs = [Run(pair, ["--json-lines", .. args, .. hosts, NetworkNamespaces.AddressA]),
            Run(pair, ["--json", .. args, .. hosts]), Run(pair, ["-q", .. args, .. hosts]),
            Run(pair, ["-q", "-c", "1", "-W", "4", "-g", "10.79.0.4-10.79.0.7"])];
        string[][] outputs = await Task.WhenAll(runs);
        JsonElement[] events = [.. outputs[0].Select(Parse)];
        Dictionary<string, JsonElement> summaries = events.Where(one => Text(one, "event") == "summary")
            .ToDictionary(one => Text(one, "address"));
        foreach ((int octet, (_, string expected)) in s_hosts)
        {
            string host = $"10.79.0.{octet}";
            Assert.Equal((host, expected), (host, Counts(summaries[host])));
        }

        foreach ((string host, JsonElement summary) in summaries)
        {
            Assert.Equal((host, Expected(summary)), (host, Seen([.. events.Where(one => Text(one, "address") == host)])));
        }

        Dictionary<string, JsonElement> objects = outputs[1].Select(Parse).ToDictionary(one => Text(one, "address"));
        string[] lines = outputs[2];
        foreach ((string host, JsonElement one) in objects)
        {
            Assert.Equal((host, Counts(summaries[host])), (host, Counts(one)));
            string line = Assert.Single(lines, line => line.StartsWith($"{host}: 3 packets", StringComparison.Ordinal));
            int errors = one.GetProperty("errors").GetInt32();
            Assert.Equal(errors > 0, line.Contains($", +{errors} errors", StringComparison.Ordinal));
            Assert.Contains($"{one.GetProperty("received").GetInt32()} received", line);
            int rejected = one.GetProperty("rejected").EnumerateObject().Sum(reason => reason.Value.GetInt32());
            Assert.Equal(rejected > 0, lines.Any(text => text.StartsWith($"{host}: rejected: ", StringComparison.Ordinal)));
        }

        Assert.Equal(["4 hosts, 2 answered; 4 packets transmitted, 2 received, +2 duplicates, +1 corrupted, +1 errors, "
            + "+1 rejected"], outputs[3]);
    }

    private static Task<string[]> Run(NetworkNamespaces pair, string[] args) => Task.Run(() =>
        ToolProcess.Run("rawping", args, new RunOptions { Namespace = pair.A }).OutputLines);

    // The counts of a summary that are not 0, in a fixed order, but for what all hosts have.
    private static string Counts(JsonElement summary)
    {
        string[] names = ["received", "lost", "in_flight", "duplicates", "corrupted", "late"];
        IEnumerable<(string, int)> counts = [.. names.Select(name => (name, summary.GetProperty(name).GetInt32())),
            .. Members(summary.GetProperty("rejected")),
            .. Members(summary.GetProperty("error_events")).Where(kind => kind.Item1 != "rejected")];
        return string.Join(", ", counts.Where(count => count.Item2 > 0).Select(count => $"{count.Item1} {count.Item2}"));
    }

    // What events a summary stands for.
    private static string Expected(JsonElement summary)
    {
        (string, int)[] kinds = [.. Members(summary.GetProperty("error_events"))
            .Select(kind => ($"error {kind.Item1}", kind.Item2))];
        Assert.Equal(summary.GetProperty("errors").GetInt32(), kinds.Where(kind => kind.Item1 is "error icmp" or "error send")
            .Sum(kind => kind.Item2));
        (string Event, string Count)[] others = [("sent", "transmitted"), ("reply", "received"), ("lost", "lost"),
            ("late", "late"), ("duplicate", "duplicates"), ("in_flight", "in_flight")];
        return Join([.. others.Select(other => (other.Event, summary.GetProperty(other.Count).GetInt32())), .. kinds]);
    }

    private static string Seen(JsonElement[] events) => Join(events.Where(one => Text(one, "event") != "summary")
        .GroupBy(one => one.TryGetProperty("kind", out JsonElement kind) ? $"error {kind.GetString()}" : Text(one, "event"))
        .Select(group => (group.Key, group.Count())));

    private static string Join(IEnumerable<(string Name, int Count)> counts) => string.Join(", ", counts
        .Where(count => count.Count > 0).OrderBy(count => count.Name, StringComparer.Ordinal)
        .Select(count => $"{count.Name} {count.Count}"));

    private static IEnumerable<(string, int)> Members(JsonElement one) =>
        one.EnumerateObject().Select(member => (member.Name, member.Value.GetInt32()));

    private static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;

    private static string Text(JsonElement one, string name) => one.GetProperty(name).GetString() ?? "";

    private static Answer Reply(EchoRequest request, Action<byte[]>? change = null, bool seal = true) =>
        Answer.To(request.Message, change, seal) with { From = request.To };

    private static Answer Error(EchoRequest request, byte type, byte code, uint rest = 0)
    {
        byte[] message = Answer.About(request.Message, type, code, rest).Message;
        System.Net.IPAddress.Parse(request.To).GetAddressBytes().CopyTo(message, 8 + 16); // the quoted destination
        return Sealed(message) with { From = Router };
    }

    // An error that quotes only these bytes behind the IP header.
    private static Answer Cut(Answer error, int quoted) => Sealed(error.Message[..(8 + 20 + quoted)]) with { From = Router };

    private static Answer Sealed(byte[] message) => new(Answer.Seal(message));
}
