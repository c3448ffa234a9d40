using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>Where our forms are tcpdump's they are so to the byte: times, numbers, bytes in hex and text, TCP.</summary>
[Collection("lab")]
public partial class TcpdumpTests
{
    [LabTheory(Needs.Tcpdump)]
    [InlineData("")]
    [InlineData("-t")]
    [InlineData("-tt")]
    [InlineData("-ttt")]
    [InlineData("-tttt")]
    [InlineData("-ttttt")]
    [InlineData("-#")]
    public void Times_and_numbers_are_tcpdumps(string flags)
    {
        using TempFolder folder = new();
        Write(folder.File("a.pcap"));
        string[] ours = Lines("pktsniff", folder.File("a.pcap"), $"-e {flags}");
        string[] theirs = Lines("tcpdump", folder.File("a.pcap"), $"-e {flags}");
        // Up to the first address; both begin the link layer with it under -e.
        Assert.Equal(theirs.Where(IsFrame).Select(Head), ours.Where(IsFrame).Select(Head));
        Assert.NotEmpty(ours);
    }

    [LabTheory(Needs.Tcpdump)]
    [InlineData("-x")]
    [InlineData("-xx")]
    [InlineData("-X")]
    [InlineData("-XX")]
    public void Bytes_in_hex_are_tcpdumps(string flag)
    {
        using TempFolder folder = new();
        Write(folder.File("a.pcap"));
        string[] ours = [.. Lines("pktsniff", folder.File("a.pcap"), flag)
            .Where(line => line.StartsWith("\t0x", StringComparison.Ordinal))];
        string[] theirs = [.. Lines("tcpdump", folder.File("a.pcap"), flag)
            .Where(line => line.StartsWith("\t0x", StringComparison.Ordinal)).Select(line => line.TrimEnd())];
        Assert.Equal(theirs, ours);
        Assert.True(ours.Length > 100);
    }

    [LabFact(Needs.Tcpdump)]
    public void Frames_longer_than_64_KiB_and_text_are_shown_as_in_tcpdump()
    {
        using TempFolder folder = new();
        byte[] text = [.. "one\r\ntwo\e[31m\0\n"u8, .. Enumerable.Repeat((byte)'x', 70_000)];
        CaptureFiles.Write(folder.File("a.pcap"), [SampleFrames.Ethernet(0x88b5, text)]);
        Assert.Equal(Lines("tcpdump", folder.File("a.pcap"), "-x")[1..], Lines("pktsniff", folder.File("a.pcap"), "-x")[1..]);
        CaptureFiles.Write(folder.File("b.pcap"), [SampleFrames.Ethernet(0x88b5, text[..100])]);
        Assert.Equal(["one", "two.[31m.", new string('x', 100 - 15)], Lines("pktsniff", folder.File("b.pcap"), "-A")[1..]);
    }

    [LabFact(Needs.Tcpdump)]
    public void Tcp_reads_as_in_tcpdump()
    {
        using TempFolder folder = new();
        // A header beyond its segment has no line of this kind there; behind AH tcpdump prints no segment.
        CaptureFiles.Write(folder.File("a.pcap"),
            SampleFrames.All().Where(sample => sample.Name is not ("tcp beyond" or "ah")).Select(sample => sample.Bytes));
        foreach (string flags in (string[])["-n", "-n -S"])
        {
            string[] ours = [.. Lines("pktsniff", folder.File("a.pcap"), flags).Select(line => Tcp().Match(line))
                .Where(match => match.Success).Select(match => match.Value)];
            string[] theirs = [.. Lines("tcpdump", folder.File("a.pcap"), flags).Select(line => Tcp().Match(line))
                .Where(match => match.Success).Select(match => match.Value)];
            Assert.Equal(theirs, ours);
            Assert.True(ours.Length >= 8, $"only {ours.Length} segments");
        }
    }

    [LabFact]
    public void Every_flag_prints_as_many_lines_as_there_are_frames()
    {
        using TempFolder folder = new();
        Write(folder.File("a.pcap"));
        int frames = Frames().Count();
        foreach (string flags in (string[])["-n", "-nn", "-q", "-v", "-vv", "-vvv", "-e", "-l", "-S", "-e -v -n -q -l -#"])
        {
            Assert.Equal(frames, Lines("pktsniff", folder.File("a.pcap"), flags).Length);
        }
    }

    [LabFact]
    public void Colours_only_add_colour()
    {
        using TempFolder folder = new();
        Write(folder.File("a.pcap"));
        string plain = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-e").Expect(0).Output;
        Assert.DoesNotContain('\e', plain);
        Assert.Equal(plain, ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-e", "--color=never").Expect(0).Output);
        string painted = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-e", "--color", "always").Expect(0).Output;
        Assert.Contains("\e[1;32mTCP\e[0m", painted);
        Assert.Equal(plain, Colour().Replace(painted, ""));
        ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--color=sometimes").Expect(2);
    }

    [LabFact(Needs.Script)]
    public void On_a_terminal_there_are_colours_unless_its_user_objects()
    {
        using TempFolder folder = new();
        Write(folder.File("a.pcap"));
        string Run(string? noColor) => ToolProcess.RunCommand(
            "script", ["-q", "-e", "-c", $"{Repository.Binary("pktsniff")} -r {folder.File("a.pcap")}", "/dev/null"],
            new RunOptions { Environment = new Dictionary<string, string?> { ["TERM"] = "xterm", ["NO_COLOR"] = noColor } })
                .Expect(0).Output;
        Assert.Contains("\e[1;32mTCP\e[0m", Run(null));
        Assert.DoesNotContain('\e', Run("1"));
    }

    private static void Write(string path) => CaptureFiles.Write(path, Frames());

    // tcpdump shows what follows LLC, not LLC itself; LLDP and what a tunnel carries has lines of its own there.
    private static IEnumerable<byte[]> Frames() => SampleFrames.All()
        .Where(sample => sample.Bytes[12] >= 6 && sample.Name is not (
            "lldp" or "lldp name" or "vxlan" or "vxlan names" or "gre frame")).Select(sample => sample.Bytes);

    private static string[] Lines(string tool, string path, string flags)
    {
        string[] words = ["-r", path, .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        return (tool == "tcpdump" ? ToolProcess.RunCommand("tcpdump", ["-n", .. words]) : ToolProcess.Run(tool, words)).Expect(0)
            .Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool IsFrame(string line) => line.Contains(" > ", StringComparison.Ordinal)
        && line.Contains("02:00:00:00:00:0a", StringComparison.Ordinal);

    private static string Head(string line) => line[..line.IndexOf("02:00:00:00:00:0a", StringComparison.Ordinal)];

    [GeneratedRegex(@"Flags \[[^]]*\], seq \d+(:\d+)?, ack \d+, win \d+, options \[(mss|nop|wscale|TS|sack)[^]]*\]")]
    private static partial Regex Tcp();

    [GeneratedRegex("\e\\[[0-9;]*m")]
    private static partial Regex Colour();
}
