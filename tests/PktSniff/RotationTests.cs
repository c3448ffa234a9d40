using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>-C, -G, -W and -z: which frame goes into which file, with tcpdump as the referee.</summary>
[Collection("lab")]
public class RotationTests
{
    [Theory]
    [InlineData(0, 0, 0, "a")]
    [InlineData(0, 0, 1, "a1")]
    [InlineData(1, 0, 12, "a12")]
    [InlineData(1, 3, 0, "a0")]
    [InlineData(1, 10, 9, "a9")]
    [InlineData(1, 11, 9, "a09")]
    [InlineData(1, 1, 0, "a")]
    public void Files_are_numbered_as_tcpdump_numbers_them(long bytes, int files, int number, string name) => Assert.Equal(
        name, RotatedNames.Of(new FileSettings { Path = "a", RotateBytes = bytes, FileCount = files }, number, 0));

    [Fact]
    public void A_time_is_put_into_a_name_only_when_files_change_with_the_time()
    {
        FileSettings settings = new() { Path = "%Y" };
        Assert.Equal("%Y", RotatedNames.Of(settings, 0, 1_700_000_000));
        Assert.Equal("2023", RotatedNames.Of(settings with { RotateSeconds = 1 }, 0, 1_700_000_000));
    }

    [LabTheory(Needs.Tcpdump)]
    [InlineData("")]
    [InlineData("-W 3")]
    [InlineData("-W 12")]
    [InlineData("-W 1")]
    public void The_files_are_those_that_tcpdump_writes(string ring)
    {
        using TempFolder folder = new();
        Random random = new(7);
        CaptureFiles.Write(folder.File("in.pcap"), Enumerable.Range(0, 4000).Select(i => Frame(i, random.Next(0, 1400))));
        string[] rotation = ["-C", "1", .. ring.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        string theirs = Directory.CreateDirectory(folder.File("theirs")).FullName;
        string ours = Directory.CreateDirectory(folder.File("ours")).FullName;
        ToolProcess.RunCommand("tcpdump", ["-Z", "root", "-r", folder.File("in.pcap"), "-w", $"{theirs}/f", .. rotation])
            .Expect(0);
        ToolProcess.Run("pktsniff", ["-r", folder.File("in.pcap"), "-w", $"{ours}/f", .. rotation]).Expect(0);
        Assert.True(Directory.GetFiles(theirs).Length >= (ring == "-W 1" ? 1 : 3));
        Assert.Equal(
            Directory.GetFiles(theirs).Order(StringComparer.Ordinal).Select(Describe),
            Directory.GetFiles(ours).Order(StringComparer.Ordinal).Select(Describe));
    }

    [LabFact]
    public void Every_period_has_a_file_of_its_frames()
    {
        using TempFolder folder = new();
        // a second apart, from 1,700,000,000
        CaptureFiles.Write(folder.File("in.pcap"), Enumerable.Range(0, 100).Select(i => Frame(i, 20)));
        RunOptions here = new() { Environment = new Dictionary<string, string?> { ["TZ"] = "UTC" } };
        ToolProcess.Run("pktsniff", ["-r", folder.File("in.pcap"), "-w", folder.File("%H%M%S"), "-G", "30"], here).Expect(0);
        Assert.Equal([(0, 30), (30, 60), (60, 90), (90, 100)],
            new[] { "221320", "221350", "221420", "221450" }.Select(name => Range(folder.File(name))));
        ToolProcess.Run("pktsniff", ["-r", folder.File("in.pcap"), "-w", folder.File("x%S"), "-G", "30", "-W", "2"], here)
            .Expect(0);
        Assert.Equal((0, 30), Range(folder.File("x20")));
        Assert.Equal((30, 60), Range(folder.File("x50")));
        Assert.Equal(2, Directory.GetFiles(folder.Path, "x*").Length);
    }

    [LabFact]
    public void Without_frames_there_is_one_empty_file()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("in.pcap"), (byte[][])[]);
        ToolProcess.Run("pktsniff", "-r", folder.File("in.pcap"), "-w", folder.File("empty"), "-G", "30").Expect(0);
        Assert.Equal(PcapFormat.FileHeaderLength, new FileInfo(folder.File("empty")).Length);
    }

    [LabFact]
    public void A_program_gets_the_name_of_every_finished_file_and_no_shell_sees_it()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("in.pcap"), Enumerable.Range(0, 100).Select(i => Frame(i, 20)));
        File.WriteAllText(folder.File("note"), "#!/bin/sh\necho \"$#:$1:$(stat -c %s \"$1\"):$NOTE\" >>log\n");
        File.SetUnixFileMode(folder.File("note"), (UnixFileMode)0x1ed);
        RunOptions here = new()
        {
            Folder = folder.Path,
            Environment = new Dictionary<string, string?> { ["NOTE"] = "kept", ["TZ"] = "UTC" }
        };
        ToolProcess.Run("pktsniff", ["-r", "in.pcap", "-w", "-1$(touch no) %M", "-G", "60", "-z", folder.File("note")], here)
            .Expect(0);
        Assert.Equal(["1:./-1$(touch no) 13:3144:kept", "1:./-1$(touch no) 14:2104:kept"],
            File.ReadAllLines(folder.File("log")).Order());
        Assert.False(File.Exists(folder.File("no")));
    }

    [LabFact]
    public void A_program_that_fails_or_is_not_there_is_said()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("in.pcap"), Enumerable.Range(0, 10).Select(i => Frame(i, 20)));
        ToolResult failed = ToolProcess.Run("pktsniff", "-r", folder.File("in.pcap"), "-w", folder.File("a"), "-z", "false")
            .Expect(1);
        Assert.Equal($"pktsniff: false {folder.File("a")}: exit code 1", Assert.Single(failed.ErrorLines));
        ToolResult absent = ToolProcess.Run(
            "pktsniff", "-r", folder.File("in.pcap"), "-w", folder.File("a"), "-z", "no-such-program").Expect(1);
        Assert.Equal("pktsniff: starting no-such-program: ENOENT: No such file or directory", Assert.Single(absent.ErrorLines));
    }

    [LabTheory]
    [InlineData("-C 1")]
    [InlineData("-w a -W 3")]
    [InlineData("-w - -C 1")]
    [InlineData("-w a -C 0")]
    [InlineData("-w a -G 0")]
    [InlineData("-w a --comment b")]
    public void What_makes_no_sense_is_refused(string options) =>
        Assert.Single(ToolProcess.Run("pktsniff", ["-r", "/dev/null", .. options.Split(' ')]).Expect(2).ErrorLines);

    [LabFact(Needs.Root)]
    public void Live_no_frame_is_lost_or_doubled_at_a_boundary()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        RunOptions inside = new() { Namespace = lab.A };
        CaptureFiles.Write(folder.File("in.pcap"), Enumerable.Range(0, 3000).Select(i => Frame(i, 1300)));
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", "lo", "-B", "16384", "-w", folder.File("f"), "-C", "0.5", "ether", "proto", "0x88b5"], inside);
        ours.ReadErrorLine();
        ToolProcess.Run("pktsniff", ["inject", "-i", "lo", folder.File("in.pcap"), "--topspeed"], inside).Expect(0);
        ours.Stop().Expect(0);
        int next = 0;
        for (int i = 0; i < 8; i++)
        {
            (int first, int end) = Range(folder.File(i == 0 ? "f" : $"f{i}"));
            Assert.Equal(next, first);
            next = end;
        }

        Assert.Equal(3000, next);
    }

    private static byte[] Frame(int number, int more) =>
        SampleFrames.Ethernet(0x88b5, [(byte)(number >> 8), (byte)number, .. new byte[more]]);

    private static string Describe(string path) =>
        $"{Path.GetFileName(path)} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)))}";

    /// <summary>
    /// The number of the first frame in a file, and the one after the last; all between must be there, and whole.
    /// </summary>
    private static (int First, int End) Range(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        List<int> numbers = [];
        int at = PcapFormat.FileHeaderLength;
        for (; at < file.Length; at += PcapFormat.RecordHeaderLength + BitConverter.ToInt32(file, at + 8))
        {
            numbers.Add(file[at + 30] << 8 | file[at + 31]);
        }

        Assert.Equal(file.Length, at);
        Assert.Equal(Enumerable.Range(numbers[0], numbers.Count), numbers);
        return (numbers[0], numbers[0] + numbers.Count);
    }
}
