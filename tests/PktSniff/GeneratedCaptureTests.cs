using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>Captures made here, read by tshark and by us.</summary>
[Collection("lab")]
public class GeneratedCaptureTests
{
    // A header that was not captured in full is left out, but for the ports; tshark shows single fields of it.
    private static readonly string[] s_partial =
        ["ip.", "ipv6.", "tcp.", "udp.length", "icmp.", "icmpv6.", "vlan.id"];

    [LabFact(Needs.Tshark)]
    public void Every_kind_of_frame_agrees_with_tshark()
    {
        using TempFolder folder = new();
        string path = folder.File("all.pcap");
        CaptureFiles.Write(path, SampleFrames.All().Select(sample => sample.Bytes));
        Assert.Empty(Compare(path));
    }

    [LabFact(Needs.Tshark)]
    public void Every_truncation_agrees_with_tshark()
    {
        using TempFolder folder = new();
        string path = folder.File("cut.pcap");
        CaptureFiles.Write(path, SampleFrames.All()
            .SelectMany(sample => Enumerable.Range(0, sample.Bytes.Length).Select(n => (sample.Bytes, n))));
        Assert.Empty(Compare(path, field => s_partial.Any(prefix => field.StartsWith(prefix, StringComparison.Ordinal))));
    }

    private static List<string> Compare(string path, Func<string, bool>? isExcused = null) => TsharkFields.Differences(
        TsharkFields.ReadWithTshark(path),
        TsharkFields.Frames(ToolProcess.Run("pktsniff", "-r", path, "--json").Expect(0).Output),
        isExcused);
}
