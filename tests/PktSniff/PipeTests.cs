using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>What is written to another program while it is captured, and what happens when that program goes.</summary>
[Collection("lab")]
public class PipeTests
{
    private const string Frame = "ffffffffffff02000000000a88b501020304";

    // Wireshark's -k -i - gives its standard input to dumpcap, as tshark's -i - does.
    [LabTheory(Needs.Root, Needs.Tshark)]
    [InlineData("")]
    [InlineData("--pcapng")]
    public void A_program_shows_frames_as_they_come(string format)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        RunOptions inside = new() { Namespace = lab.A, Timeout = TimeSpan.FromSeconds(60) };
        using ToolProcess pipe = ToolProcess.LaunchCommand(
            "bash", ["-c", $"'{Repository.Binary("pktsniff")}' -i lo -w - {format} ether proto 0x88b5 | tshark -n -l -i - "
                + $"-c 3 -T fields -e frame.len -e eth.type; "
                + "echo \"${PIPESTATUS[*]}\""], inside);
        pipe.ReadErrorUntil("pktsniff: listening");
        pipe.ReadErrorUntil("Capturing on");
        Inject(inside, count: 2);
        Assert.Equal("18\t0x88b5", pipe.ReadLine());
        Assert.Equal("18\t0x88b5", pipe.ReadLine());
        Inject(inside, count: 1); // the last that tshark wants
        Assert.Equal("18\t0x88b5", pipe.ReadLine());
        // Nobody reads on: pktsniff sees that when it writes again, if tshark's end came after what it wrote last.
        while (pipe.TryReadLine(TimeSpan.FromMilliseconds(200)) is not string codes || !codes.Contains(' '))
        {
            Inject(inside, count: 1);
        }

        pipe.WaitForExit().Expect(0);
    }

    [LabTheory(Needs.Root)]
    [InlineData("-w -", "head -c 24")]
    [InlineData("-w - --pcapng", "head -c 24")]
    [InlineData("", "head -n 1")]
    [InlineData("--json", "head -n 1")]
    public void A_reader_that_goes_ends_it_with_a_line_and_code_1(string output, string reader)
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        RunOptions inside = new() { Namespace = lab.A, Timeout = TimeSpan.FromSeconds(60) };
        using ToolProcess pipe = ToolProcess.LaunchCommand(
            "bash", ["-c", $"'{Repository.Binary("pktsniff")}' -i lo -l {output} ether proto 0x88b5 | {reader} >/dev/null; "
                + $"echo \"${{PIPESTATUS[*]}}\""], inside);
        pipe.ReadErrorUntil("listening");
        string? codes;
        do
        {
            Inject(inside, count: 1);
            codes = pipe.TryReadLine(TimeSpan.FromMilliseconds(200));
        }
        while (codes is null);
        Assert.Equal("1 0", codes);
        string error = pipe.WaitForExit().Expect(0).Error;
        Assert.Equal("pktsniff: writing standard output: EPIPE: Broken pipe",
            Assert.Single(error.Split('\n'), line => line.StartsWith("pktsniff: ", StringComparison.Ordinal)
            && !line.Contains("listening")));
        Assert.DoesNotContain("   at ", error);
    }

    private static void Inject(RunOptions inside, int count) =>
        ToolProcess.Run("pktsniff", ["inject", "-i", "lo", "--hex", Frame, "--count", $"{count}"], inside).Expect(0);
}
