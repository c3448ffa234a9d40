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
        List<byte[]> samples = [.. SampleFrames.All().Select(sample => sample.Bytes)];
        List<string> problems = [];
        for (int length = 0; length <= samples.Max(sample => sample.Length); length++)
        {
            CaptureFiles.Write(path, samples, cutAt: length);
            ToolResult ours = ToolProcess.Run("pktsniff", "-r", path, "--json").Expect(0);
            if (length % 8 == 6) // tshark takes a second each time
            {
                problems.AddRange(TsharkFields.Differences(
                    TsharkFields.ReadWithTshark(path), TsharkFields.Frames(ours.Output),
                    field => s_partial.Any(prefix => field.StartsWith(prefix, StringComparison.Ordinal)))
                    .Select(problem => $"cut at {length}: {problem}"));
            }
        }

        Assert.Empty(problems);
    }

    private static List<string> Compare(string path) => TsharkFields.Differences(
        TsharkFields.ReadWithTshark(path), TsharkFields.Frames(ToolProcess.Run("pktsniff", "-r", path, "--json").Expect(0).Output));
}
