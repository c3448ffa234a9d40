using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Report;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>What is printed of the protocols over ports, EtherTypes and IP, and its fields beside tshark's.</summary>
[Collection("lab")]
public class MessageTests
{
    /// <summary>Fields that tshark names otherwise, or writes otherwise.</summary>
    private static readonly Dictionary<string, string> s_theirNames = new()
    {
        ["sctp.src_port"] = "sctp.srcport",
        ["sctp.dst_port"] = "sctp.dstport",
        ["sctp.chunks.type"] = "sctp.chunk_type",
        ["sctp.chunks.flags"] = "sctp.chunk_flags",
        ["sctp.chunks.length"] = "sctp.chunk_length",
        ["sctp.chunks.tsn"] = "sctp.data_tsn_raw",
        ["sctp.chunks.ppid"] = "sctp.data_payload_proto_id",
        ["sctp.chunks.stream"] = "sctp.data_sid",
        ["sctp.chunks.initiate_tag"] = "sctp.init_initiate_tag",
        ["sctp.chunks.cumulative_tsn"] = "sctp.sack_cumulative_tsn_ack_raw",
        ["lacp.slow_subtype"] = "slow.subtype",
        ["gre.version"] = "gre.flags.version",
        ["gre.call_id"] = "gre.key.call_id",
        ["resp.array_length"] = "resp.array.length",
        ["dhcpv6.duid"] = "dhcpv6.duid.bytes",
        ["dhcpv6.ia_address"] = "dhcpv6.iaaddr.ip",
        ["pppoe.service_name"] = "pppoed.tags.service_name",
        ["pppoe.ac_name"] = "pppoed.tags.ac_name",
        ["pppoe.host_uniq"] = "pppoed.tags.host_uniq",
        ["vrrp.short_adver_int_cs"] = "vrrp.short_adver_int",
    };

    /// <summary>Fields of which tshark has none, or that it writes in another way.</summary>
    private static readonly string[] s_own =
    [
        "continuation", "dhcpv6.relayed.", "dhcpv6.server_duid", "dhcpv6.ia_prefix", "geneve.options_length", "ntp.precision",
        "ntp.rootdelay_s", "ntp.rootdispersion_s", "ntp.refid", "ntp.reftime_s", "ntp.org_s", "ntp.rec_s", "ntp.xmt_s",
        "rip.routes", "ripng.routes", "resp.bulk_string", "resp.string", "imap.request.parameter", "imap.response.text",
        "imap.tag", "http.server", "ftp.response.code", "tls.handshake.partial", "bgp.withdrawn", "bgp.nlri_prefix",
        "cdp.address", "pppoe.error", "pppoe.missing_bytes", "ppp.", "snmp.community",
        "syslog.msg", "rtsp.transport", "sip.Call-ID", "sip.User-Agent",
        "hsrp.", "quic.version", "quic.supported_version", "bgp.notify.minor_error", "rpc.replystat", "rpc.state_accept",
        "sflow.", "hsrp2.", "ldp.hdr.lsr", "ldp.hdr.label_space", "openflow.xid", "openflow.type", "openflow.length",
    ];

    [Fact]
    public void Every_message_reads_as_expected()
    {
        foreach ((string name, string text) in SampleMessages.Texts())
        {
            string line = Print(SampleMessages.Frame(name), LinkType.Ethernet).Replace(", checksum bad", "")
                .Replace(", checksum missing", "");
            Assert.True(line.EndsWith(text, StringComparison.Ordinal), $"{name}: {line}, not {text}");
            Assert.Single(line.Split('\n'));
        }
    }

    [LabTheory]
    [InlineData("http get", "http.request.method", "GET")]
    [InlineData("http get", "http.request.uri", "/index.html")]
    [InlineData("http get", "http.host", "www.example.org")]
    [InlineData("http reply", "http.response.code", "404")]
    [InlineData("http body", "http.continuation", "true")]
    [InlineData("ssdp", "http.request.method", "M-SEARCH")]
    [InlineData("ftp user", "ftp.request.command", "USER")]
    [InlineData("ftp reply", "ftp.response.code", "220")]
    [InlineData("smtp mail", "smtp.req.parameter", "FROM:<a@example.org>")]
    [InlineData("pop error", "pop.response.indicator", "-ERR")]
    [InlineData("imap login", "imap.request.command", "LOGIN")]
    [InlineData("imap reply", "imap.response.status", "OK")]
    [InlineData("sip invite", "sip.Method", "INVITE")]
    [InlineData("sip ringing", "sip.Status-Code", "180")]
    [InlineData("rtsp describe", "rtsp.url", "rtsp://server.example.com/fizzle/foo")]
    [InlineData("redis set", "resp.bulk_string", "SET,mykey,Hello\\027!")]
    [InlineData("mpls", "mpls.label", "16001,29")]
    [InlineData("mpls", "tunnel.inner.udp.dst_port", "9")]
    [InlineData("pw control", "pweth.cw.sequence_number", "5")]
    [InlineData("pw control", "tunnel.inner.eth.dst", "00:1b:21:00:00:01")]
    [InlineData("pw plain", "pweth.cw.sequence_number", "")]
    [InlineData("pw channel", "pwach.channel_type", "7")]
    [InlineData("pw channel ip", "tunnel.inner.ip.dst", "10.0.0.2")]
    [InlineData("pppoe padi", "pppoe.host_uniq", "deadbeef")]
    [InlineData("pppoe ip", "tunnel.inner.ip.dst", "10.0.0.2")]
    [InlineData("gre pptp", "gre.call_id", "42")]
    [InlineData("geneve", "geneve.vni", "5001")]
    [InlineData("gre in vxlan", "tunnel.inner.tunnel.inner.tunnel.inner.udp.dst_port", "9")]
    [InlineData("gre in vxlan", "gre.key", "")]
    [InlineData("ntp server", "ntp.xmt_s", "1699053955.250000000")]
    [InlineData("snmp response", "snmp.name", "1.3.6.1.2.1.1.5.0,1.3.6.1.2.1.1.3.0,1.3.6.1.2.1.31.1.1.1.6.1,"
        + "1.3.6.1.2.1.4.20.1.1")]
    [InlineData("nfs call", "rpc.procedure", "1")]
    [InlineData("ike 2", "isakmp.exchangetype", "35")]
    [InlineData("radius request", "radius.User_Name", "steve")]
    [InlineData("pim hello", "pim.holdtime_s", "105")]
    [InlineData("sctp data", "sctp.chunks.tsn", "7")]
    [InlineData("dhcp6 reply", "dhcpv6.ia_prefix", "2001:db8:1::/56")]
    [InlineData("dhcp6 relay", "dhcpv6.relayed.xid", "11259375")]
    [InlineData("wg data", "wg.counter", "9")]
    [InlineData("wg last", "wg.counter", "18446744073709551615")]
    [InlineData("esp over udp", "esp.spi", "258")]
    [InlineData("ospf hello", "ospf.hello.active_neighbor", "192.0.2.9")]
    [InlineData("bgp update", "bgp.nlri_prefix", "203.0.113.0/24,192.0.0.0/10")]
    [InlineData("vrrp 2", "vrrp.ip_addr", "10.0.0.254")]
    [InlineData("hsrp hello", "hsrp.virt_ip", "10.0.0.254")]
    [InlineData("hsrp 2", "hsrp2.group", "300")]
    [InlineData("hsrp 2 v6", "hsrp2.virt_ip_v6", "fe80::5:73ff:fea0:1")]
    [InlineData("cdp", "cdp.deviceid", "switch1.example")]
    [InlineData("lacp", "lacp.partner.port", "25")]
    [InlineData("tftp error", "tftp.error.message", "File not found")]
    [InlineData("bfd", "bfd.required_min_echo_interval_us", "50000")]
    [InlineData("quic initial", "quic.dcid", "8394c8f03e515708")]
    [InlineData("tls hello", "tls.handshake.extensions_server_name", "www.example.org")]
    [InlineData("tls hello", "tls.handshake.extensions_alpn_str", "h2,http/1.1")]
    [InlineData("tls hello", "tls.handshake.partial", "false")]
    [InlineData("tls hello cut", "tls.handshake.extensions_server_name", "")]
    [InlineData("tls hello cut", "tls.handshake.partial", "true")]
    [InlineData("tls 1.2 answer", "tls.handshake.ciphersuite", "49200")]
    [InlineData("tls alert", "tls.alert_message.desc", "40")]
    public void Fields_hold_the_values(string name, string field, string value)
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleMessages.Frame(name)]);
        Assert.Equal(value, ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--fields", field).Expect(0)
            .Output.TrimEnd('\n'));
    }

    [LabFact(Needs.Tshark)]
    public void Fields_are_tsharks()
    {
        using TempFolder folder = new();
        string path = folder.File("a.pcap");
        (string Name, byte[] Bytes)[] samples = [.. SampleMessages.All()];
        CaptureFiles.Write(path, samples.Select(sample => sample.Bytes));
        string[] older = ["eth", "vlan", "llc", "stp", "lldp", "arp", "ip", "ah", "tcp", "udp", "icmp", "igmp", "esp", "dccp",
            "udplite", "dns", "dhcp", "sll", "tunnel"];
        string[] ours = [.. FieldNames.All.Where(name => name.Contains('.') && !older.Contains(name[..name.IndexOf('.')])
            && !s_own.Any(own => name.StartsWith(own, StringComparison.Ordinal)
                || name.EndsWith("." + own, StringComparison.Ordinal)))];
        string[] theirs = [.. ours.Select(Theirs)];
        string[] ourRows = ToolProcess.Run("pktsniff", "-r", path, "--fields", string.Join(',', ours)).Expect(0).Output
            .TrimEnd('\n').Split('\n');
        string[] theirRows = ToolProcess.RunCommand("tshark", ["-n", "-r", path, "-T", "fields", "-E", "occurrence=f",
            .. theirs.SelectMany(name => new[] { "-e", name })]).Expect(0).Output.TrimEnd('\n').Split('\n');
        Assert.Equal(ourRows.Length, theirRows.Length);
        int[] agreed = new int[ours.Length];
        List<string> differences = [];
        for (int row = 0; row < ourRows.Length; row++)
        {
            string[] our = ourRows[row].Split('\t');
            string[] their = theirRows[row].Split('\t');
            for (int i = 0; i < ours.Length; i++)
            {
                // The first of several; where one of the two reads nothing the other may have an inner packet or know more.
                // tshark escapes nothing.
                string first = our[i].Split(',')[0];
                if (first.Length > 0 && their[i].Length > 0 && !first.Contains('\\'))
                {
                    bool same = Plain(first) == Plain(their[i]) || our[i] == their[i];
                    agreed[i] += same ? 1 : 0;
                    differences.AddRange(same ? [] : [$"{samples[row].Name}: {ours[i]} {our[i]}, {theirs[i]} {their[i]}"]);
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        Assert.Empty(ours.Where((_, i) => agreed[i] == 0));
    }

    [Fact]
    public void The_manual_and_the_readme_have_every_object()
    {
        foreach (string file in (string[])["pktsniff.1", "README.md"])
        {
            string text = File.ReadAllText(Path.Combine(Repository.Root, "tools", "pktsniff", file));
            Assert.All(FieldNames.All.Where(name => name.Contains('.')).Select(name => name[..name.IndexOf('.')]).Distinct(),
                name => Assert.Matches($@"[ `]{name}[,;`\n]", text));
        }
    }

    [LabFact]
    public void What_a_tunnel_carries_fills_only_the_tunnels_fields()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleMessages.Frame("gre in vxlan"), SampleMessages.Frame("mpls")]);
        JsonElement[] frames = [.. TsharkFields.Frames(
            ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--json").Expect(0).Output)];
        Assert.Equal(4789, frames[0].GetProperty("udp").GetProperty("dst_port").GetInt32());
        Assert.False(frames[0].TryGetProperty("gre", out _));
        JsonElement inner = frames[0].GetProperty("tunnel").GetProperty("inner");
        Assert.Equal(3, inner.GetProperty("gre").GetProperty("key").GetInt32());
        Assert.Equal("ipip",
            inner.GetProperty("tunnel").GetProperty("inner").GetProperty("tunnel").GetProperty("type").GetString());
        Assert.False(frames[1].TryGetProperty("ip", out _));
        Assert.False(frames[1].TryGetProperty("udp", out _));
    }

    [Fact]
    public void Tunnels_are_entered_four_deep()
    {
        byte[] packet = SampleFrames.IPv4(17, SampleFrames.Udp(1, 2, "x"u8));
        for (int i = 0; i < 9; i++)
        {
            packet = SampleFrames.IPv4(4, packet);
        }

        Assert.Equal(5, Print(packet, LinkType.Raw).Split("IPv4 ").Length - 1);
    }

    [Fact]
    public void Links_of_other_kinds_are_decoded_or_named()
    {
        byte[] packet = SampleFrames.IPv4(17, SampleFrames.Udp(1, 2, "x"u8));
        const string text = "IPv4 10.0.0.1.1 > 10.0.0.2.2 ttl 61: UDP, length 1";
        Assert.Equal(text, Print([0, 0x21, .. packet], LinkType.Ppp));
        Assert.Equal(text, Print([0xff, 3, 0, 0x21, .. packet], LinkType.Ppp));
        Assert.Equal(text, Print([0x21, .. packet], LinkType.PppHdlc));
        Assert.Equal(text, Print([0x0f, 0, 8, 0, .. packet], LinkType.CiscoHdlc));
        Assert.Equal("PPP LCP (0xc021), Echo-Request, id 7, length 12",
            Print([0xff, 3, 0xc0, 0x21, 9, 7, 0, 8, 0, 0, 0, 0], LinkType.Ppp));
        Assert.Equal($"PPPoE [ses 0x1], length {8 + packet.Length} | {text}",
            Print([0x11, 0, 0, 1, 0, (byte)(2 + packet.Length), 0, 0x21, .. packet], LinkType.PppEthernet));
        byte[] attribute = [0, 0, 9, 0, .. packet];
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)attribute.Length);
        Assert.Equal(text, Print([2, 0, 0, 0, 5, 0, 10, 0, 1, 0, 0, 0, .. attribute], LinkType.Nflog));
        Assert.Equal("link type IEEE802_11_RADIO, length 4", Print([0, 0, 0, 0], 127));
        Assert.Equal("link type 9999, length 4", Print([0, 0, 0, 0], 9999));
    }

    [Fact]
    public void A_pppoe_header_that_claims_more_than_is_there_is_said()
    {
        byte[] packet = SampleFrames.IPv4(17, SampleFrames.Udp(1, 2, "x"u8));
        Assert.StartsWith($"PPPoE [ses 0x1], 3 bytes of its payload missing, length {8 + packet.Length} | IPv4",
            Print([0x11, 0, 0, 1, 0, (byte)(5 + packet.Length), 0, 0x21, .. packet], LinkType.PppEthernet));
    }

    private static string Theirs(string ours)
    {
        if (s_theirNames.TryGetValue(ours, out string? theirs))
        {
            return theirs;
        }

        int unit = ours.LastIndexOf('_');
        return unit > 0 && ours[unit..] is "_s" or "_us" ? ours[..unit] : ours;
    }

    /// <summary>Numbers in one form; flags as numbers; bytes without colons.</summary>
    private static string Plain(string value) => value switch
    {
        "true" or "True" => "1",
        "false" or "False" => "0",
        _ when value.StartsWith("0x", StringComparison.Ordinal) =>
            long.Parse(value[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        _ => value.Contains("::", StringComparison.Ordinal) ? value : value.Replace(":", ""),
    };

    private static string Print(byte[] frame, int linkType)
    {
        using TempFolder folder = new();
        using (FileStream file = File.Create(folder.File("text")))
        {
            Output output = new((int)file.SafeFileHandle.DangerousGetHandle(), "text");
            CapturedFrame captured = new()
            {
                Bytes = frame,
                Length = frame.Length,
                Seconds = 1,
                Origin = new FrameOrigin(null, linkType, 65535),
                PacketType = -1,
            };
            FrameDecoder.Decode(frame, linkType, out DecodedFrame decoded);
            new TextReport(output, new TextStyle { Time = TimeStyle.None }).Print(1, captured, decoded);
            output.Flush();
        }

        return File.ReadAllText(folder.File("text")).TrimEnd('\n');
    }
}
