using System.Text.RegularExpressions;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>How pktsniff ends: exit codes, error lines, and files without half a record.</summary>
[Collection("lab")]
public partial class OutcomeTests
{
    [LabFact]
    public void A_filter_that_does_not_compile_gives_libpcaps_message()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleFrames.All().First().Bytes]);
        ToolResult result = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "tcp", "prot", "80").Expect(2);
        Assert.Equal("pktsniff: filter 'tcp prot 80': can't parse filter expression: syntax error",
            Assert.Single(result.ErrorLines));
        Assert.Empty(result.Output);
    }

    [LabFact]
    public void A_file_that_is_not_there_or_no_capture_is_an_error()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("text"), "this is not a capture file");
        Assert.Contains("No such file", ToolProcess.Run("pktsniff", "-r", folder.File("none")).Expect(2).Error);
        Assert.Single(ToolProcess.Run("pktsniff", "-r", folder.File("text")).Expect(2).ErrorLines);
    }

    [LabTheory]
    [InlineData("a.pcap", "-r", "a.pcap", "--plot", "a.pcap")]
    [InlineData("list", "-V", "list", "-w", "list")]
    [InlineData("list", "-V", "list", "--plot", "list")]
    [InlineData("filter", "-r", "a.pcap", "-F", "filter", "-w", "filter")]
    [InlineData("a.pcap", "-r", "a.pcap", "-w", "b.pcap", "--plot", "b.pcap")]
    public void No_output_goes_over_a_file_of_the_run(string kept, params string[] arguments)
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleFrames.All().First().Bytes]);
        File.WriteAllText(folder.File("list"), "a.pcap\n");
        File.WriteAllText(folder.File("filter"), "ip\n");
        byte[] before = File.ReadAllBytes(folder.File(kept));
        ToolResult result = ToolProcess.Run("pktsniff", arguments, new() { Folder = folder.Path }).Expect(2);
        Assert.Contains("same file", Assert.Single(result.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder.File(kept)));
    }

    [LabFact]
    public void A_file_cut_in_a_frame_prints_what_is_whole_and_says_so()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), SampleFrames.All().Take(3).Select(sample => sample.Bytes));
        byte[] whole = File.ReadAllBytes(folder.File("a.pcap"));
        File.WriteAllBytes(folder.File("cut.pcap"), whole[..^5]);
        ToolResult result = ToolProcess.Run("pktsniff", "-r", folder.File("cut.pcap")).Expect(1);
        Assert.Equal(2, result.OutputLines.Length);
        Assert.Single(result.ErrorLines);
        string json = ToolProcess.Run("pktsniff", "-r", folder.File("cut.pcap"), "--json").Expect(1).OutputLines[^1];
        Assert.StartsWith("{\"event\":\"summary\",\"received\":2,", json);
    }

    [LabFact]
    public void Reads_from_a_pipe_and_writes_to_one()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), SampleFrames.All().Select(sample => sample.Bytes));
        byte[] file = File.ReadAllBytes(folder.File("a.pcap"));
        ToolResult copy = ToolProcess.Run("pktsniff", ["-r", "-", "-w", "-"], new RunOptions { Input = file }).Expect(0);
        Assert.Equal(Convert.ToHexString(file), Convert.ToHexString(copy.OutputBytes));
    }

    [LabFact]
    public void A_filter_and_a_count_choose_frames_of_a_file()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), SampleFrames.All().Select(sample => sample.Bytes));
        Assert.Equal(3, ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "arp", "or", "rarp").Expect(0)
            .OutputLines.Length);
        Assert.Equal(2, ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-c", "2").Expect(0).OutputLines.Length);
    }

    [LabFact]
    public void A_full_disk_ends_it_with_a_line_and_code_1()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), SampleFrames.All().Select(sample => sample.Bytes));
        ToolResult result = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-w", "/dev/full").Expect(1);
        Assert.Equal("pktsniff: writing /dev/full: ENOSPC: No space left on device", Assert.Single(result.ErrorLines));
    }

    [LabFact]
    public void What_is_known_is_printed_though_the_disk_is_full()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), Enumerable.Repeat(SampleFrames.Ethernet(0x88b5, new byte[1400]), 1000));
        foreach (string[] format in (string[][])[[], ["--pcapng"]])
        {
            string[] run = ["-r", folder.File("a.pcap"), "-w", "/dev/full", .. format];
            ToolResult json = ToolProcess.Run("pktsniff", [.. run, "--json"], new RunOptions()).Expect(1);
            Assert.Equal("pktsniff: writing /dev/full: ENOSPC: No space left on device", Assert.Single(json.ErrorLines));
            Assert.StartsWith("{\"event\":\"summary\",\"received\":", json.OutputLines[^1]);
            ToolResult table = ToolProcess.Run("pktsniff", [.. run, "--summary"], new RunOptions()).Expect(1);
            Assert.Single(table.ErrorLines);
            Assert.StartsWith("0 frames, 0 bytes", table.OutputLines[0]);
        }
    }

    [LabFact]
    public void A_reader_that_goes_away_does_not_cost_the_file()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), Enumerable.Repeat(SampleFrames.Ethernet(0x88b5, new byte[20]), 3000));
        ToolResult result = ToolProcess.RunCommand("sh", "-c",
            $"'{Repository.Binary("pktsniff")}' -r '{folder.File("a.pcap")}' -w '{folder.File("b.pcap")}' --print | head -1")
            .Expect(0);
        Assert.Single(result.OutputLines);
        Assert.True(new FileInfo(folder.File("b.pcap")).Length > 24);
    }

    [LabFact(Needs.RealRoot)]
    public void A_disk_that_fills_up_leaves_a_whole_file()
    {
        using TempFolder folder = new();
        ToolProcess.RunCommand("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.Path).Expect(0);
        try
        {
            byte[] frame = SampleFrames.Ethernet(0x88b5, new byte[1400]);
            using TempFolder source = new();
            CaptureFiles.Write(source.File("a.pcap"), Enumerable.Repeat(frame, 1000));
            ToolResult result = ToolProcess.Run("pktsniff", "-r", source.File("a.pcap"), "-w", folder.File("b.pcap")).Expect(1);
            Assert.Contains("ENOSPC", Assert.Single(result.ErrorLines));
            long size = new FileInfo(folder.File("b.pcap")).Length;
            string[] run = ["-r", source.File("a.pcap"), "-w", folder.File("b.pcap")];
            string[] lines = ToolProcess.Run("pktsniff", [.. run, "--json", "--print"], new RunOptions()).Expect(1).OutputLines;
            Assert.InRange(lines.Length, 20, 900);
            Assert.StartsWith($"{{\"event\":\"summary\",\"received\":{lines.Length - 1},", lines[^1]);
            ToolResult table = ToolProcess.Run("pktsniff", [.. run, "--summary"], new RunOptions()).Expect(1);
            Assert.StartsWith($"{lines.Length - 1} frames, ", table.OutputLines[0]);
            Assert.True(size > 24 && (size - 24) % (16 + frame.Length) == 0, $"{size} bytes are not whole frames");
        }
        finally
        {
            ToolProcess.RunCommand("umount", folder.Path).Expect(0);
        }
    }

    [LabFact(Needs.Root)]
    public void A_signal_leaves_a_whole_file_and_a_summary()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess ours = ToolProcess.Launch("pktsniff", ["-i", "lo", "-w", folder.File("a.pcap")], inside);
        ours.ReadErrorLine();
        ToolProcess.Run("pktsniff", ["inject", "-i", "lo", "--hex", "ffffffffffff02000000000a88b50102", "--count", "500"], inside)
            .Expect(0);
        ToolResult result = ours.Stop(Signals.SIGINT).Expect(0);
        Assert.Equal(24 + 500 * (16 + 16), new FileInfo(folder.File("a.pcap")).Length);
        Assert.Equal(["500 frames captured", "500 frames received by filter", "0 frames dropped by kernel"],
            result.ErrorLines[^3..]);
    }

    [LabFact(Needs.Root)]
    public void No_such_interface_is_an_error()
    {
        ToolResult result = ToolProcess.Run("pktsniff", "-i", "nosuch0").Expect(2);
        Assert.Equal("pktsniff: interface nosuch0: ENODEV: No such device (list the interfaces with: ip link)",
            Assert.Single(result.ErrorLines));
    }

    [LabFact(Needs.Root, Needs.Setpriv)]
    public void No_privilege_is_an_error_with_a_hint()
    {
        ToolResult result = ToolProcess.RunCommand(
            "setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", Repository.Binary("pktsniff"), "-i", "lo").Expect(2);
        Assert.Matches(NoPrivilege(), Assert.Single(result.ErrorLines));
    }

    [LabFact(Needs.Root)]
    public void A_link_that_flaps_is_said_and_survived_and_a_deleted_one_ends_it_with_code_1()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        string name = NetworkNamespaces.InterfaceA;
        using ToolProcess ours = ToolProcess.Launch("pktsniff", ["-i", name, "-t", "arp"], new() { Namespace = lab.A });
        ours.ReadErrorLine();
        for (int i = 0; i < 2; i++)
        {
            NetworkNamespaces.Ip("-n", lab.A, "link", "set", name, "down");
            Assert.Equal($"pktsniff: interface {name}: link down", ours.ReadErrorLine());
            NetworkNamespaces.Ip("-n", lab.A, "link", "set", name, "up");
            Assert.Equal($"pktsniff: interface {name}: link up", ours.ReadErrorLine());
            ToolProcess.Run("pktsniff", ["inject", "-i", NetworkNamespaces.InterfaceB, "--hex",
                Convert.ToHexString(SampleFrames.Ethernet(0x0806, SampleFrames.Arp(2)))],
                new() { Namespace = lab.B }).Expect(0);
            ours.ReadUntil("is-at");
        }

        NetworkNamespaces.Ip("-n", lab.A, "link", "set", name, "down");
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", name, "name", "other0");
        NetworkNamespaces.Ip("-n", lab.A, "link", "set", "other0", "up");
        NetworkNamespaces.Ip("-n", lab.A, "link", "delete", "other0");
        ToolResult result = ours.WaitForExit().Expect(1);
        Assert.Contains($"interface {name}: gone", result.Error);
    }

    [LabFact(Needs.Root)]
    public void Nothing_privileged_is_left_once_it_listens()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using ToolProcess ours = ToolProcess.Launch("pktsniff", ["-i", "lo"], new() { Namespace = lab.A });
        ours.ReadErrorLine();
        string[] threads = Directory.GetDirectories($"/proc/{ours.Id}/task");
        Assert.NotEmpty(threads);
        Assert.All(threads, thread =>
        {
            string status = File.ReadAllText(Path.Combine(thread, "status"));
            Assert.Contains("CapEff:\t0000000000000000", status);
            Assert.Contains("CapPrm:\t0000000000000000", status);
            Assert.Contains("NoNewPrivs:\t1", status);
        });
    }

    [LabFact(Needs.RealRoot)]
    public void As_root_it_becomes_the_one_who_called_sudo_before_it_makes_the_file()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        ToolProcess.RunCommand("chmod", "777", folder.Path).Expect(0);
        Dictionary<string, string?> sudo = new() { ["SUDO_UID"] = "65534", ["SUDO_GID"] = "65534" };
        using ToolProcess ours = ToolProcess.Launch(
            "pktsniff", ["-i", "lo", "-w", folder.File("a.pcap")], new() { Namespace = lab.A, Environment = sudo });
        ours.ReadErrorLine();
        foreach (string thread in Directory.GetDirectories($"/proc/{ours.Id}/task"))
        {
            string status = File.ReadAllText(Path.Combine(thread, "status"));
            Assert.Contains("Uid:\t65534\t65534\t65534\t65534", status);
            Assert.Contains("Gid:\t65534\t65534\t65534\t65534", status);
            Assert.Contains("CapPrm:\t0000000000000000", status);
        }

        ours.Stop().Expect(0);
        Assert.Equal("65534", ToolProcess.RunCommand("stat", "-c", "%u", folder.File("a.pcap")).Expect(0).Output.Trim());
        ToolResult refused = ToolProcess.Run(
            "pktsniff", ["-i", "lo", "-w", "/etc/nettools-test.pcap"], new() { Namespace = lab.A, Environment = sudo }).Expect(2);
        Assert.Contains("EACCES", refused.Error);
        Assert.Contains("-Z root", refused.Error);
    }

    [LabFact(Needs.Tcpdump)]
    public void The_compiled_filter_is_the_one_tcpdump_lists()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleFrames.All().First().Bytes]);
        File.WriteAllText(folder.File("filter"), "vlan 7 and udp port 53\n");
        string[] listed = ["-r", folder.File("a.pcap"), "-F", folder.File("filter")];
        foreach (string style in (string[])["-d", "-dd", "-ddd", "-Od"])
        {
            Assert.Equal(ToolProcess.RunCommand("tcpdump", [style, .. listed], new()).Expect(0).Output,
                ToolProcess.Run("pktsniff", [style, .. listed], new()).Expect(0).Output);
        }
    }

    [LabFact]
    public void Long_names_of_tcpdump_are_taken_before_a_filter()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleFrames.All().First(sample => sample.Name == "tcp").Bytes]);
        Assert.Equal(
            ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-S", "-K", "--nano", "-#").Expect(0).Output,
            ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "--absolute-tcp-sequence-numbers",
                "--dont-verify-checksums", "--time-stamp-precision=nano", "--number", "--snapshot-length=100", "--micro")
                    .Expect(0)
                .Output);
        Assert.Contains("micro", ToolProcess.Run("pktsniff", "-d", "--", "--micro").Expect(2).Error);
        Assert.StartsWith("host ", ToolProcess.Run("pktsniff", "-J").Expect(0).Output);
    }

    [LabFact(Needs.Root)]
    public void A_direction_is_kept_and_counters_are_told_while_it_runs()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Pair();
        RunOptions inside = new() { Namespace = lab.A };
        using ToolProcess outgoing = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "-Q", "out", "--json", "icmp"], inside);
        using ToolProcess incoming = ToolProcess.Launch(
            "pktsniff", ["-i", NetworkNamespaces.InterfaceA, "-Q", "in", "--json", "icmp"], inside);
        outgoing.ReadErrorLine();
        incoming.ReadErrorLine();
        ToolProcess.RunCommand("ping", ["-c", "2", "-i", "0.2", NetworkNamespaces.AddressB], inside).Expect(0);
        outgoing.ReadUntil("\"frame\":2");
        outgoing.Signal(Signals.SIGUSR1);
        Assert.Equal("pktsniff: 2 frames captured, 2 received by filter, 0 dropped by kernel", outgoing.ReadErrorLine());
        Assert.All(TsharkFields.Frames(outgoing.Stop().Expect(0).Output), frame =>
            Assert.Equal(8, frame.GetProperty("icmp").GetProperty("type").GetInt32()));
        List<System.Text.Json.JsonElement> frames = TsharkFields.Frames(incoming.Stop().Expect(0).Output);
        Assert.Equal(2, frames.Count);
        Assert.All(frames, frame => Assert.Equal(0, frame.GetProperty("icmp").GetProperty("type").GetInt32()));
    }

    [LabFact(Needs.Root)]
    public void Who_waits_is_told_when_it_captures_and_finds_its_process()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        using TempFolder folder = new();
        // The shell reads the line that says that it is ready; what comes then must be captured, by the process of the file.
        string script = $"mkfifo {folder.File("fifo")}; exec 7<>{folder.File("fifo")}; "
            + $"\"$1\" -i lo -c 1 --ready-fd 9 --pid-file {folder.File("pid")} 9>{folder.File("fifo")} 2>/dev/null & "
            + $"read -r _ <&7 && kill -0 $(cat {folder.File("pid")}) && test $(cat {folder.File("pid")}) = $! "
            + "&& \"$1\" inject -i lo --hex ffffffffffff02000000000a88b5 >/dev/null && wait $! && echo captured";
        Assert.Equal("captured", ToolProcess.RunCommand("sh", ["-c", script, "sh", Repository.Binary("pktsniff")],
            new() { Namespace = lab.A }).Expect(0).OutputLines[^1]);
        Assert.False(File.Exists(folder.File("pid")));
        Assert.Contains("--ready-fd 77", ToolProcess.Run("pktsniff", "-i", "lo", "--ready-fd", "77").Expect(2).Error);
    }

    [LabFact(Needs.Root)]
    public void A_duration_ends_it()
    {
        using NetworkNamespaces lab = NetworkNamespaces.Single();
        ToolProcess.Run("pktsniff", ["-i", "lo", "--duration", "0.3"], new() { Namespace = lab.A }).Expect(0);
    }

    [LabFact]
    public void Nanoseconds_survive_a_copy()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a.pcap"), [SampleFrames.All().First().Bytes]);
        byte[] file = File.ReadAllBytes(folder.File("a.pcap"));
        (file[0], file[1]) = (0x4d, 0x3c); // the magic number that means nanoseconds
        BitConverter.TryWriteBytes(file.AsSpan(28), 123456789u);
        File.WriteAllBytes(folder.File("a.pcap"), file);
        ToolResult copy = ToolProcess.Run("pktsniff", "-r", folder.File("a.pcap"), "-w", "-", "--nano").Expect(0);
        Assert.Equal(Convert.ToHexString(file), Convert.ToHexString(copy.OutputBytes));
    }

    [GeneratedRegex(@"^pktsniff: opening a packet socket: EPERM: Operation not permitted \(needs CAP_NET_RAW: .*setcap.*\)$")]
    private static partial Regex NoPrivilege();
}
