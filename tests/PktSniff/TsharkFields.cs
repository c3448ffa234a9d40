using System.Globalization;
using System.Text.Json;
using NetTools.Tests.Support;

namespace NetTools.Tests.PktSniff;

/// <summary>The fields both tshark and <c>pktsniff --json</c> read from a frame, as tshark writes them.</summary>
internal static class TsharkFields
{
    public static readonly string[] Names =
    [
        "frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "eth.src", "eth.dst", "eth.type", "vlan.id",
        "arp.opcode",
        "ip.src", "ip.dst", "ip.ttl", "ip.proto", "ip.frag_offset", "ipv6.src", "ipv6.dst", "ipv6.hlim",
        "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "udp.srcport", "udp.dstport", "udp.length",
        "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code",
    ];

    /// <summary>What tshark reads from a capture file: the first, so the outermost, occurrence of each field.</summary>
    public static List<Dictionary<string, string>> ReadWithTshark(string path)
    {
        string[] args =
        [
            "-n", "-r", path, "-T", "fields", "-E", "header=y", "-E", "occurrence=f", "-o", "ip.defragment:FALSE",
            "-o", "ipv6.defragment:FALSE", "-o", "tcp.desegment_tcp_streams:FALSE",
            .. Names.SelectMany(name => new[] { "-e", name }),
        ];
        return Parse(ToolProcess.RunCommand("tshark", args).Expect(0).Output);
    }

    /// <summary>Reads tshark's table: tab-separated, the names in the first line.</summary>
    public static List<Dictionary<string, string>> Parse(string table)
    {
        string[] lines = table.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] names = lines[0].Split('\t');
        return [.. lines[1..].Select(line => names.Zip(line.Split('\t')).ToDictionary(pair => pair.First, pair => pair.Second))];
    }

    /// <summary>The frames of <c>pktsniff --json</c>, without the summary.</summary>
    public static List<JsonElement> Frames(string output) =>
        [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.TryGetProperty("frame", out _))];

    /// <summary>Every field in which a frame of ours differs from tshark's, in words.</summary>
    /// <param name="theirs">What tshark reads.</param>
    /// <param name="ours">What pktsniff reads.</param>
    /// <param name="isExcused">Whether a difference in a field is known and explained.</param>
    public static List<string> Differences(
        List<Dictionary<string, string>> theirs, List<JsonElement> ours, Func<string, bool>? isExcused = null)
    {
        List<string> differences = [];
        if (theirs.Count != ours.Count)
        {
            differences.Add($"tshark reads {theirs.Count} frames, pktsniff {ours.Count}");
        }

        foreach ((Dictionary<string, string> their, JsonElement our) in theirs.Zip(ours))
        {
            foreach ((string name, string value) in AsTshark(our))
            {
                if (their[name] != value && !IsInner(our, name, value) && isExcused?.Invoke(name) != true)
                {
                    differences.Add($"frame {their["frame.number"]} {name}: tshark '{their[name]}', pktsniff '{value}'");
                }
            }
        }

        return differences;
    }

    /// <summary>In an ICMP error or a tunnel tshark's first TCP or UDP header is one inside; ours are outermost only.</summary>
    private static bool IsInner(JsonElement frame, string field, string value) =>
        (value.Length == 0 && frame.TryGetProperty("tunnel", out _))
        || (field.StartsWith("tcp.", StringComparison.Ordinal) && Text(frame, "ip", "protocol") != "6")
        || (field.StartsWith("udp.", StringComparison.Ordinal) && Text(frame, "ip", "protocol") != "17");

    private static Dictionary<string, string> AsTshark(JsonElement frame)
    {
        string version = Text(frame, "ip", "version");
        string Four(params string[] path) => version == "4" ? Text(frame, path) : "";
        string Six(params string[] path) => version == "6" ? Text(frame, path) : "";
        string time = Text(frame, "time_ns").PadLeft(10, '0');
        return new Dictionary<string, string>
        {
            ["frame.number"] = Text(frame, "frame"),
            ["frame.time_epoch"] = $"{time[..^9]}.{time[^9..]}",
            ["frame.len"] = Text(frame, "length"),
            ["frame.cap_len"] = Text(frame, "captured"),
            ["eth.src"] = Text(frame, "eth", "src"),
            ["eth.dst"] = Text(frame, "eth", "dst"),
            ["eth.type"] = Hex(Text(frame, "eth", "type")),
            ["vlan.id"] = Vlan(frame),
            ["arp.opcode"] = Text(frame, "arp", "operation"),
            ["ip.src"] = Four("ip", "src"),
            ["ip.dst"] = Four("ip", "dst"),
            ["ip.ttl"] = Four("ip", "ttl"),
            ["ip.proto"] = Four("ip", "protocol"),
            ["ip.frag_offset"] = Four("ip", "fragment_offset"),
            ["ipv6.src"] = Six("ip", "src"),
            ["ipv6.dst"] = Six("ip", "dst"),
            ["ipv6.hlim"] = Six("ip", "ttl"),
            ["tcp.srcport"] = Text(frame, "tcp", "src_port"),
            ["tcp.dstport"] = Text(frame, "tcp", "dst_port"),
            ["tcp.flags"] = Hex(Text(frame, "tcp", "flags")),
            ["tcp.seq_raw"] = Text(frame, "tcp", "seq"),
            ["udp.srcport"] = Text(frame, "udp", "src_port"),
            ["udp.dstport"] = Text(frame, "udp", "dst_port"),
            ["udp.length"] = Text(frame, "udp", "length"),
            ["icmp.type"] = Four("icmp", "type"),
            ["icmp.code"] = Four("icmp", "code"),
            ["icmpv6.type"] = Six("icmp", "type"),
            ["icmpv6.code"] = Six("icmp", "code"),
        };
    }

    /// <summary>tshark counts only 802.1Q tags under this name: an outer 802.1ad tag has a name of its own.</summary>
    private static string Vlan(JsonElement frame)
    {
        if (!frame.TryGetProperty("vlan", out JsonElement ids))
        {
            return "";
        }

        bool outerIs8021ad = Text(frame, "eth", "type") == "34984";
        return ids.EnumerateArray().Skip(outerIs8021ad ? 1 : 0).Select(id => id.GetRawText()).FirstOrDefault("");
    }

    private static string Hex(string number) =>
        number.Length == 0 ? "" : $"0x{int.Parse(number, CultureInfo.InvariantCulture):x4}";

    private static string Text(JsonElement element, params string[] path)
    {
        foreach (string name in path)
        {
            if (!element.TryGetProperty(name, out element))
            {
                return "";
            }
        }

        return element.ToString();
    }
}
