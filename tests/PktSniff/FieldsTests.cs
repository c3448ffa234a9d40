using System.Globalization;
using System.Text.Json;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Report;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>Every decoded field: by name, in JSON and in columns, and beside tshark's.</summary>
[Collection("lab")]
public class FieldsTests
{
    /// <summary>Fields of ours and of tshark that mean the same, and how tshark writes the value.</summary>
    private static readonly (string Ours, string Theirs, Func<string, string> Write)[] s_same =
    [
        ("arp.sender_mac", "arp.src.hw_mac", Same), ("arp.sender_ip", "arp.src.proto_ipv4", Same),
        ("arp.target_mac", "arp.dst.hw_mac", Same), ("arp.target_ip", "arp.dst.proto_ipv4", Same),
        ("ip.tos", "ip.dsfield", number => Hex(number, 2)), ("ip.traffic_class", "ipv6.tclass", number => Hex(number, 8)),
        ("ip.id", "ip.id", Hex4), ("ip.total_length", "ip.len", Same), ("ip.header_length", "ip.hdr_len", Same),
        ("ip.flow_label", "ipv6.flow", number => Hex(number, 6)), ("ip.payload_length", "ipv6.plen", Same),
        ("ip.next_header", "ipv6.nxt", Same), ("ip.extensions.routing_type", "ipv6.routing.type", Same),
        ("ip.extensions.segments_left", "ipv6.routing.segleft", Same),
        ("ip.extensions.id", "ipv6.fraghdr.ident", number => Hex(number, 8)),
        ("tcp.ack", "tcp.ack_raw", Same), ("tcp.window", "tcp.window_size_value", Same),
        ("tcp.header_length", "tcp.hdr_len", Same),
        ("tcp.options.mss", "tcp.options.mss_val", Same),
        ("tcp.options.window_scale", "tcp.options.wscale.shift", Same),
        ("tcp.options.timestamp", "tcp.options.timestamp.tsval", Same),
        ("tcp.options.timestamp_echo", "tcp.options.timestamp.tsecr", Same),
        ("icmp.mtu", "icmp.mtu", Same), ("icmp.gateway", "icmp.redir_gw", Same),
        ("icmp.hop_limit", "icmpv6.nd.ra.cur_hop_limit", Same),
        ("icmp.lifetime_s", "icmpv6.nd.ra.router_lifetime", Same), ("icmp.reachable_ms", "icmpv6.nd.ra.reachable_time", Same),
        ("icmp.retransmit_ms", "icmpv6.nd.ra.retrans_timer", Same), ("icmp.options.prefix", "icmpv6.opt.prefix", Same),
        ("icmp.options.prefix_length", "icmpv6.opt.prefix.length", Same),
        ("icmp.options.valid_s", "icmpv6.opt.prefix.valid_lifetime", Same),
        ("icmp.options.preferred_s", "icmpv6.opt.prefix.preferred_lifetime", Same), ("icmp.options.mtu", "icmpv6.opt.mtu", Same),
        ("icmp.options.dns_servers", "icmpv6.opt.rdnss", Same), ("icmp.options.type", "icmpv6.opt.type", Same),
        ("igmp.type", "igmp.type", number => Hex(number, 2)), ("igmp.group", "igmp.maddr", Same),
        ("sctp.src_port", "sctp.srcport", Same),
        ("sctp.dst_port", "sctp.dstport", Same), ("dccp.src_port", "dccp.srcport", Same),
        ("llc.dsap", "llc.dsap", number => Hex(number, 2)), ("llc.organization", "llc.oui", Same),
        ("stp.type", "stp.type", number => Hex(number, 2)), ("stp.root_mac", "stp.root.hw", Same),
        ("stp.bridge_mac", "stp.bridge.hw", Same),
        ("stp.path_cost", "stp.root.cost", Same), ("stp.port", "stp.port", Hex4),
        ("stp.flags", "stp.flags", number => Hex(number, 2)),
        ("lldp.ttl_s", "lldp.time_to_live", Same), ("lldp.system_name", "lldp.tlv.system.name", Same),
        ("lldp.system_description", "lldp.tlv.system.desc", Same), ("lldp.port_description", "lldp.port.desc", Same),
        ("dns.id", "dns.id", Hex4), ("dns.flags", "dns.flags", Hex4), ("dns.question_count", "dns.count.queries", Same),
        ("dns.answer_count", "dns.count.answers", Same), ("dns.questions.type", "dns.qry.type", Same),
        ("dns.answers.type", "dns.resp.type", Same),
        ("dns.answers.ttl_s", "dns.resp.ttl", Same),
        ("dhcp.transaction_id", "dhcp.id", number => Hex(number, 8)), ("dhcp.your_ip", "dhcp.ip.your", Same),
        ("dhcp.client_mac", "dhcp.hw.mac_addr", Same),
        ("dhcp.type", "dhcp.option.dhcp", Same), ("dhcp.lease_s", "dhcp.option.ip_address_lease_time", Same),
        ("dhcp.routers", "dhcp.option.router", Same), ("dhcp.dns_servers", "dhcp.option.domain_name_server", Same),
        ("dhcp.host_name", "dhcp.option.hostname", Same), ("dhcp.domain", "dhcp.option.domain_name", Same),
        ("dhcp.server_id", "dhcp.option.dhcp_server_id", Same), ("dhcp.subnet_mask", "dhcp.option.subnet_mask", Same),
        ("tunnel.key", "vxlan.vni", Same),
    ];

    [LabFact(Needs.Tshark)]
    public void Fields_agree_with_tshark()
    {
        using TempFolder folder = new();
        // Not those that tshark has other names for, or another view of: GRE's key, broken options, ICMPv6's MTU and gateway, the
        // groups of IGMPv3, a BPDU that is too short, control bytes in a name.
        CaptureFiles.Write(folder.File("a.pcap"),
            SampleFrames.All().Where(sample => !sample.Name.StartsWith("gre", StringComparison.Ordinal)
            && sample.Name is not ("tcp bad option" or "many extensions" or "icmp6 too big" or "redirect 6" or "igmp 3" or "llc"
                or "dhcp" or "dns edns" or "dns update")).Select(sample => sample.Bytes));
        string[] rows = Fields(folder.File("a.pcap"),
            ["udp.length", "icmp.quote.version", "tunnel.type", .. s_same.Select(same => same.Ours)]);
        string[] theirRows = ToolProcess.RunCommand("tshark",
            ["-n", "-r", folder.File("a.pcap"), "-T", "fields", .. s_same.SelectMany(same => new[] { "-e", same.Theirs })])
                .Expect(0).OutputLines;
        Assert.Equal(theirRows.Length, rows.Length);
        List<string> differences = [];
        int[] seen = new int[s_same.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            string[] ours = rows[row].Split('\t');
            string[] theirs = theirRows[row].Split('\t');
            bool hasInner = ours[1].Length > 0 || ours[2].Length > 0;
            for (int i = 0; i < s_same.Length; i++)
            {
                string our = string.Join(',', ours[i + 3].Split(',')
                    .Select(value => value.Length == 0 ? "" : s_same[i].Write(value)));
                string their = theirs[i];
                if (s_same[i].Ours.StartsWith("dns.", StringComparison.Ordinal) && ours[0].Length > 0
                    && int.Parse(ours[0], CultureInfo.InvariantCulture) < 20)
                {
                    continue; // no whole DNS header: tshark shows single fields of it
                }

                seen[i] += our.Length > 0 ? 1 : 0;
                // tshark puts what is inside behind what is outside, under the same name.
                if (our != their && !(hasInner && (our.Length == 0 || their.StartsWith(our + ",", StringComparison.Ordinal))))
                {
                    differences.Add($"frame {row + 1} {s_same[i].Ours} '{our}', {s_same[i].Theirs} '{their}'");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join("\n", differences));
        Assert.Empty(s_same.Where((_, i) => seen[i] == 0).Select(same => same.Ours));
    }

    [LabFact]
    public void A_header_that_is_cut_has_the_fields_that_are_here()
    {
        byte[] four = SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(
            6, SampleFrames.Tcp(40000, 80, 1000, 2000, TcpFlags.Ack, default)));
        byte[] six = SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6(17, SampleFrames.Udp(1, 2, default)));
        byte[] wrong = [.. four[..14], 0x44, .. four[15..]];
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a"), [(four, 29), (four, 30), (four, 33), (four, 34), (four, 42), (four, 46), (four, 48),
            (six, 37), (six, 38), (six, 54), (wrong, 54)]);
        Assert.Equal(
            [
                ",,,,,,", "4,10.0.0.1,,,,,", "4,10.0.0.1,,,,,", "4,10.0.0.1,10.0.0.2,,,,", "4,10.0.0.1,10.0.0.2,40000,1000,,",
                "4,10.0.0.1,10.0.0.2,40000,1000,2000,", "4,10.0.0.1,10.0.0.2,40000,1000,2000,16", ",,,,,,",
                "6,2001:db8::1,,,,,", "6,2001:db8::1,2001:db8::1:0:0:2,,,,", ",,,,,,",
            ],
            ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--fields", "ip.version,ip.src,ip.dst,tcp.src_port,"
                + "tcp.seq,tcp.ack,tcp.flags").Expect(0).Output.TrimEnd('\n').Split('\n')
                .Select(line => line.Replace('\t', ',')));
    }

    [LabFact]
    public void Names_are_those_of_the_json_and_all_of_them_occur()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), Samples());
        string json = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--json").Expect(0).Output;
        HashSet<string> occurring = [];
        foreach (JsonElement frame in TsharkFields.Frames(json))
        {
            Collect(frame, "", occurring);
        }

        // A tunnel in a tunnel repeats the prefix.
        foreach (string name in occurring.Where(name => name.StartsWith("tunnel.inner.tunnel.inner.", StringComparison.Ordinal))
            .ToArray())
        {
            occurring.Remove(name);
            occurring.Add(name[name.LastIndexOf("tunnel.inner.", StringComparison.Ordinal)..]);
        }

        string[] known = ToolProcess.Run("pktsniff", "--fields", "list").Expect(0).OutputLines;
        Assert.Empty(occurring.Except(known));
        // Of what may be inside a tunnel one example is enough; a file does not tell superframes; other tests have the rest.
        Assert.Empty(known.Where(name => !name.StartsWith("tunnel.inner.", StringComparison.Ordinal)
            && !name.StartsWith("sll.", StringComparison.Ordinal)
            && !name.StartsWith("tcp.analysis.", StringComparison.Ordinal)
            && name is not ("superframe" or "missing_bytes" or "drop_count" or "comments"))
                .Except(occurring));
        Assert.Contains("tunnel.inner.dns.questions.name", occurring);
        Assert.Equal(known.Length, known.Distinct().Count());
    }

    [LabFact]
    public void Columns_hold_what_the_json_holds()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), Samples());
        string[] names = [.. FieldNames.All];
        List<JsonElement> frames = TsharkFields.Frames(
            ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--json").Expect(0).Output);
        string[] rows = Fields(folder.File("a.pcap"), names);
        Assert.Equal(frames.Count, rows.Length);
        for (int row = 0; row < rows.Length; row++)
        {
            string[] values = rows[row].Split('\t');
            Assert.Equal(names.Length, values.Length);
            for (int i = 0; i < names.Length; i++)
            {
                Assert.Equal(string.Join(',', Values(frames[row], names[i].Split('.'))), values[i]);
            }
        }
    }

    [Fact]
    public void An_unknown_name_is_an_error_that_names_the_nearest()
    {
        OperationFailedException wrong = Assert.Throws<OperationFailedException>(() => FieldNames.Read("ip.src,tcp.port"));
        Assert.Equal("--fields: there is no 'tcp.port'", wrong.Message);
        Assert.Contains("tcp.dst_port", wrong.Hint);
        Assert.Contains("--fields list", wrong.Hint);
    }

    [LabFact]
    public void An_unknown_name_ends_it_with_code_2() =>
        Assert.Contains("tcp.src_port",
            Assert.Single(ToolProcess.Run("pktsniff", "--fields", "tcp.srcport", "-r", "none").Expect(2).ErrorLines));

    private static IEnumerable<byte[]> Samples() =>
        SampleFrames.All().Concat(SampleMessages.All()).Select(sample => sample.Bytes);

    private static string[] Fields(string path, IEnumerable<string> names) =>
        ToolProcess.Run("pktsniff", "-r", path, "--fields", string.Join(',', names)).Expect(0).Output.TrimEnd('\n').Split('\n');

    private static void Collect(JsonElement element, string path, HashSet<string> names)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty property in element.EnumerateObject())
            {
                Collect(property.Value, path.Length == 0 ? property.Name : $"{path}.{property.Name}", names);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement item in element.EnumerateArray())
            {
                Collect(item, path, names);
            }
        }
        else
        {
            names.Add(path);
        }
    }

    private static IEnumerable<string> Values(JsonElement element, ReadOnlyMemory<string> path)
    {
        if (element.ValueKind == JsonValueKind.Array)
        {
            return element.EnumerateArray().SelectMany(item => Values(item, path));
        }

        if (path.Length > 0)
        {
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(path.Span[0], out JsonElement member)
                ? Values(member, path[1..]) : [];
        }

        return element.ValueKind switch
        {
            JsonValueKind.Object or JsonValueKind.Null => [],
            JsonValueKind.True => ["true"],
            JsonValueKind.False => ["false"],
            _ => [element.ToString()],
        };
    }

    private static string Same(string value) => value;

    private static string Hex4(string number) => Hex(number, 4);

    private static string Hex(string number, int digits) =>
        "0x" + long.Parse(number, CultureInfo.InvariantCulture).ToString($"x{digits}", CultureInfo.InvariantCulture);
}
