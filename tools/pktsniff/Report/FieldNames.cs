using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>The names of all fields there are: the path of names in the JSON of a frame, dots between them.</summary>
internal static class FieldNames
{
    private const int Suggestions = 4;
    private const string InnerPrefix = "tunnel.inner.";

    private static readonly string[] s_frame = ["frame", "time_ns", "interface", "direction", "length", "captured", "superframe"];

    private static readonly string[] s_layers =
    [
        "eth.src", "eth.dst", "eth.type", "eth.length", "vlan", "vlan_priority", "vlan_type",
        "llc.dsap", "llc.ssap", "llc.control", "llc.organization", "llc.type",
        "stp.version", "stp.type", "stp.flags", "stp.root_priority", "stp.root_mac", "stp.path_cost", "stp.bridge_priority",
        "stp.bridge_mac", "stp.port", "stp.message_age_ms", "stp.max_age_ms", "stp.hello_time_ms", "stp.forward_delay_ms",
        "lldp.chassis_type", "lldp.chassis", "lldp.port_type", "lldp.port", "lldp.ttl_s", "lldp.port_description",
        "lldp.system_name", "lldp.system_description", "lldp.capabilities", "lldp.enabled_capabilities", "lldp.management_ip",
        "arp.operation", "arp.hardware_type", "arp.protocol_type", "arp.sender_mac", "arp.sender_ip", "arp.target_mac", "arp.target_ip",
        "ip.version", "ip.src", "ip.dst", "ip.protocol", "ip.ttl", "ip.tos", "ip.dscp", "ip.ecn", "ip.id", "ip.header_length",
        "ip.total_length", "ip.dont_fragment", "ip.checksum", "ip.options.kind", "ip.options.name", "ip.options.value",
        "ip.next_header", "ip.traffic_class", "ip.flow_label", "ip.payload_length", "ip.extensions.protocol", "ip.extensions.name",
        "ip.extensions.length", "ip.extensions.id", "ip.extensions.fragment_offset", "ip.extensions.more_fragments",
        "ip.extensions.routing_type", "ip.extensions.segments_left", "ip.fragment_offset", "ip.fragment_offset_bytes", "ip.more_fragments",
        "tcp.src_port", "tcp.dst_port", "tcp.flags", "tcp.seq", "tcp.ack", "tcp.window", "tcp.urgent", "tcp.header_length",
        "tcp.payload_length", "tcp.options.kind", "tcp.options.name", "tcp.options.mss", "tcp.options.window_scale",
        "tcp.options.sack_blocks.left", "tcp.options.sack_blocks.right", "tcp.options.timestamp", "tcp.options.timestamp_echo",
        "tcp.options.value", "tcp.checksum",
        "udp.src_port", "udp.dst_port", "udp.length", "udp.checksum",
        "icmp.type", "icmp.code", "icmp.id", "icmp.seq", "icmp.mtu", "icmp.gateway", "icmp.pointer", "icmp.target", "icmp.router",
        "icmp.solicited", "icmp.override", "icmp.hop_limit", "icmp.managed", "icmp.other", "icmp.lifetime_s", "icmp.reachable_ms",
        "icmp.retransmit_ms", "icmp.max_response_ms", "icmp.group", "icmp.records.type", "icmp.records.group", "icmp.records.sources",
        "icmp.options.type", "icmp.options.mac", "icmp.options.prefix", "icmp.options.prefix_length", "icmp.options.on_link",
        "icmp.options.autonomous", "icmp.options.valid_s", "icmp.options.preferred_s", "icmp.options.mtu", "icmp.options.dns_servers",
        "icmp.quote.version", "icmp.quote.src", "icmp.quote.dst", "icmp.quote.protocol", "icmp.quote.src_port", "icmp.quote.dst_port",
        "icmp.checksum",
        "igmp.type", "igmp.max_response", "igmp.group", "igmp.records.type", "igmp.records.group", "igmp.records.sources",
        "sctp.src_port", "sctp.dst_port", "dccp.src_port", "dccp.dst_port", "udplite.src_port", "udplite.dst_port",
        "dns.id", "dns.flags", "dns.response", "dns.operation", "dns.response_code", "dns.question_count", "dns.answer_count",
        "dns.authority_count", "dns.additional_count", "dns.questions.name", "dns.questions.type", "dns.questions.type_name",
        "dns.questions.class", "dns.answers.name", "dns.answers.type", "dns.answers.type_name", "dns.answers.class",
        "dns.answers.ttl_s", "dns.answers.data",
        "dhcp.op", "dhcp.transaction_id", "dhcp.client_ip", "dhcp.your_ip", "dhcp.server_ip", "dhcp.relay_ip", "dhcp.client_mac",
        "dhcp.type", "dhcp.type_name", "dhcp.requested_ip", "dhcp.server_id", "dhcp.subnet_mask", "dhcp.lease_s", "dhcp.routers",
        "dhcp.dns_servers", "dhcp.host_name", "dhcp.domain", "dhcp.options.code", "dhcp.options.value",
    ];

    /// <summary>All names, in the order of the layers.</summary>
    public static IEnumerable<string> All =>
        [.. s_frame, .. s_layers, "tunnel.type", "tunnel.protocol_type", "tunnel.key", .. s_layers.Select(name => InnerPrefix + name)];

    /// <summary>Reads a list of names with commas between them.</summary>
    /// <returns>The names; none when <paramref name="list"/> is <c>list</c>.</returns>
    /// <exception cref="OperationFailedException">There is no field of such a name.</exception>
    public static IReadOnlyList<string> Read(string list)
    {
        if (list == "list")
        {
            return [];
        }

        string[] names = list.Split(',', StringSplitOptions.TrimEntries);
        HashSet<string> known = [.. All];
        foreach (string name in names)
        {
            if (!known.Contains(name))
            {
                string nearest = string.Join(", ", known.Where(one => !one.StartsWith(InnerPrefix, StringComparison.Ordinal))
                    .OrderBy(one => Distance(name, one)).Take(Suggestions));
                throw new OperationFailedException($"--fields: there is no '{name}'", $"near to it: {nearest}; all: --fields list");
            }
        }

        return names;
    }

    /// <summary>Prints all names.</summary>
    public static void List(Output output)
    {
        foreach (string name in All)
        {
            output.WriteLine(name);
        }
    }

    /// <summary>How far two names are apart: letters to insert, remove or change (Levenshtein); additions to the shorter cost least.</summary>
    private static int Distance(string typed, string name)
    {
        const int add = 2;
        const int other = 3;
        int[] row = [.. Enumerable.Range(0, name.Length + 1).Select(i => i * add)];
        for (int i = 0; i < typed.Length; i++)
        {
            int diagonal = row[0];
            row[0] += other;
            for (int j = 0; j < name.Length; j++)
            {
                int change = diagonal + (typed[i] == name[j] ? 0 : other);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, Math.Min(row[j] + add, row[j + 1] + other));
            }
        }

        return row[^1];
    }
}
