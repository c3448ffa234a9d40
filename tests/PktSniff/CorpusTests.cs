using NetTools.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace NetTools.Tests.PktSniff;

/// <summary>
/// Captures from elsewhere, with what tshark 4.0 read from them, where they are at hand: ../shared/corpus/packets beside the
/// clone, or the folder NETTOOLS_CORPUS. Without them the captures made in <see cref="GeneratedCaptureTests"/> must do.
/// </summary>
[Collection("lab")]
public class CorpusTests(ITestOutputHelper log)
{
    /// <summary>Where tshark's view is not ours, and why.</summary>
    private static readonly (string File, string Fields, string Why)[] s_known =
    [
        ("bgp-bgp_capabilities_print-oobr-", "frame.cap_len",
            "the record is longer than the file's snapshot length: libpcap cuts it"),
        ("bgp_mp_reach_nlri-oobr.", "frame.cap_len", "the record is longer than the file's snapshot length: libpcap cuts it"),
        ("bootp_asan.", "frame.cap_len", "the record is longer than the file's snapshot length: libpcap cuts it"),
        ("ldp_tlv_print-oobr.", "frame.cap_len", "the record is longer than the file's snapshot length: libpcap cuts it"),
        ("mptcp-dss-oobr.", "frame.cap_len", "the record is longer than the file's snapshot length: libpcap cuts it"),
        ("smb_print_trans-oobr2.", "frame.cap_len", "the record is longer than the file's snapshot length: libpcap cuts it"),
        ("bigtcp-ipv6", "udp. tcp.", "payload length 0 in a segment the card has yet to cut: tshark 4.0 reads no payload there"),
        ("gso-ipv4-vxlan-ipv6.", "ipv6.", "the outer header is IPv4: tshark's fields are those of the inner packet"),
        ("gso-ipv6-geneve-ipv4.", "ip.", "the outer header is IPv6: tshark's fields are those of the inner packet"),
        ("gso-ipv6-vxlan-ipv4.", "ip.", "the outer header is IPv6: tshark's fields are those of the inner packet"),
        ("sflow_expanded.", "vlan.id", "the frame has no tag: tshark's is that of a sample inside sFlow"),
    ];

    [LabFact]
    public void Every_field_of_every_capture_agrees_with_tshark()
    {
        string folder = Environment.GetEnvironmentVariable("NETTOOLS_CORPUS") is { Length: > 0 } set ? set
            : Path.Combine(Repository.Root, "..", "shared", "corpus", "packets");
        string[] tables = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.tsv") : [];
        log.WriteLine($"{tables.Length} captures in {folder}");
        List<string> problems = [];
        foreach (string table in tables.Order())
        {
            string capture = Path.ChangeExtension(table, null);
            string name = Path.GetFileName(capture);
            string excused = string.Join(' ',
                s_known.Where(known => name.StartsWith(known.File, StringComparison.Ordinal)).Select(known => known.Fields));
            ToolResult result = ToolProcess.Run("pktsniff", "-r", capture, "--json").Expect(0);
            problems.AddRange(TsharkFields.Differences(
                TsharkFields.Parse(File.ReadAllText(table)), TsharkFields.Frames(result.Output),
                field => excused.Split(' ').Any(
                    prefix => prefix.Length > 0 && field.StartsWith(prefix, StringComparison.Ordinal)))
                .Select(problem => $"{name}: {problem}"));
        }

        Assert.Empty(problems);
    }
}
