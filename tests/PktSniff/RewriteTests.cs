using System.Buffers.Binary;
using System.Net;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Inject.Rewrite;
using NetTools.PktSniff.Protocols;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>Changed addresses and mended checksums of <c>pktsniff inject</c>, with tshark and tcprewrite as referees.</summary>
[Collection("lab")]
public class RewriteTests
{
    private static readonly RewriteSettings s_addresses = new()
    {
        SourceMac = [2, 0, 0, 0, 1, 1],
        DestinationMac = [2, 0, 0, 0, 1, 2],
        Addresses =
        [
            AddressText.ReadAddressRule("10.0.0.1=192.0.2.77"),
            AddressText.ReadAddressRule("10.0.0.0/8=172.16.0.0/12"),
            AddressText.ReadAddressRule("2001:db8::/33=fd00:1:8000::/34"),
        ],
    };

    private static readonly RewriteSettings s_checksums = new() { FixChecksums = true };

    [Fact]
    public void The_first_rule_that_fits_counts_and_bits_behind_a_prefix_stay()
    {
        byte[] frame = Rewritten(Whole("udp"), s_addresses);
        FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
        Assert.Equal("192.0.2.77", new IPAddress(decoded.IPv4.Source).ToString());
        Assert.Equal("172.16.0.2", new IPAddress(decoded.IPv4.Destination).ToString());
        Assert.Equal("020000000102020000000101", Convert.ToHexString(frame[..12]));
        frame = Rewritten(Whole("double vlan"), s_addresses);
        FrameDecoder.Decode(frame, LinkType.Ethernet, out decoded);
        Assert.Equal("fd00:1:8000::1", new IPAddress(decoded.IPv6.Source).ToString());
        Assert.Equal(2, decoded.VlanCount);
    }

    [Fact]
    public void Arp_says_what_the_header_says()
    {
        byte[] frame = Rewritten(Whole("arp"), s_addresses);
        FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
        Assert.True(ArpPacket.TryFind(decoded, out ArpPacket arp));
        Assert.Equal("020000000101", Convert.ToHexString(arp.SenderHardware));
        Assert.Equal("000000000000", Convert.ToHexString(arp.TargetHardware)); // the question stays one
        Assert.Equal("192.0.2.77", new IPAddress(arp.SenderProtocol).ToString());
        Assert.Equal("172.16.0.2", new IPAddress(arp.TargetProtocol).ToString());
    }

    /// <summary>RFC 3828 3.1: the first bytes only, and the pseudo header with the length of all.</summary>
    [Theory]
    [InlineData(8, 3)]
    [InlineData(0, 3)]
    [InlineData(10, 3)]
    [InlineData(11, 3)]
    public void The_checksum_of_udplite_covers_what_it_says(byte coverage, int payload)
    {
        byte[] datagram = [0, 30, 0, 40, 0, coverage, 0, 0, .. Enumerable.Range(1, payload).Select(i => (byte)i)];
        foreach (byte[] packet in (byte[][])[SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(136, datagram)),
            SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6(136, datagram))])
        {
            Assert.Equal(ChecksumVerdict.Missing, Verdict(packet));
            byte[] frame = Rewritten(packet, s_checksums);
            Assert.Equal(ChecksumVerdict.Ok, Verdict(frame));
            Assert.Equal(ChecksumVerdict.Ok, Verdict(Rewritten(frame, s_addresses)));
            Assert.Equal(ChecksumVerdict.Ok, Verdict(Rewritten(frame, new RewriteSettings { Ports = [(30, 31), (40, 7)] })));
            frame[^1] ^= 1;
            Assert.Equal(coverage is 8 or 10 ? ChecksumVerdict.Ok : ChecksumVerdict.Bad, Verdict(frame));
            frame[^5] ^= 1; // the port it goes to
            Assert.Equal(ChecksumVerdict.Bad, Verdict(frame));
        }
    }

    [Fact]
    public void Coverage_and_checksums_that_cannot_be_are_said()
    {
        byte[] lite = [0, 30, 0, 40, 0, 7, 0x12, 0x34, 1];
        Assert.Equal(ChecksumVerdict.Bad, Verdict(SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(136, lite))));
        lite[5] = 10;
        Assert.Equal(ChecksumVerdict.Bad, Verdict(SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6(136, lite))));
        byte[] plain = SampleFrames.Udp(1, 2, "x"u8);
        Assert.Equal(ChecksumVerdict.Unknown, Verdict(SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, plain))));
        byte[] six = SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6(17, plain));
        Assert.Equal(ChecksumVerdict.Missing, Verdict(six));
        Assert.Equal(ChecksumVerdict.Ok, Verdict(Rewritten(six, s_checksums)));
    }

    [Fact]
    public void A_hardware_address_is_replaced_wherever_it_stands()
    {
        RewriteSettings swap = new()
        {
            Macs = [AddressText.ReadMacRule("02:0:0:0:0:0a=02-00-00-00-00-0b"),
            AddressText.ReadMacRule("02:00:00:00:00:0b=02:00:00:00:00:0a")]
        };
        byte[] frame = Rewritten(Whole("arp"), swap);
        Assert.Equal("02000000000A02000000000B", Convert.ToHexString(frame[..12]));
        Assert.Equal("02000000000B", Convert.ToHexString(frame[22..28]));
    }

    [Fact]
    public void All_sources_of_a_family_change_but_for_those_a_map_is_about()
    {
        RewriteSettings settings = new()
        {
            Addresses = [AddressText.ReadAddressRule("10.0.0.1=10.9.9.9"),
                AddressRule.ForAll(AddressText.ReadPrefix("192.0.2.0/24", ""), ofSource: false)],
        };
        FrameDecoder.Decode(Rewritten(Whole("tcp"), settings), LinkType.Ethernet, out DecodedFrame decoded);
        Assert.Equal("10.9.9.9 192.0.2.2", $"{new IPAddress(decoded.IPv4.Source)} {new IPAddress(decoded.IPv4.Destination)}");
    }

    [LabFact(Needs.Tshark)]
    public void Tshark_finds_no_bad_checksum_in_what_was_mended()
    {
        using TempFolder folder = new();
        byte[][] damaged = [.. Samples().Select(Damaged)];
        Assert.Contains(Verdicts(folder.File("a.pcap"), damaged), IsBad);
        byte[][] mended = [.. damaged.Select(frame => Rewritten(frame, s_checksums))];
        string[] verdicts = Verdicts(folder.File("b.pcap"), mended);
        Assert.Equal("", string.Join("\n", verdicts.Where(IsBad)));
        Assert.True(verdicts.Count(verdict => verdict[0] == '1') > 30);
        Assert.DoesNotContain(Verdicts(folder.File("c.pcap"), [.. mended.Select(frame => Rewritten(frame, s_addresses))]), IsBad);
    }

    private static bool IsBad(string verdict) => verdict[0] == '0';

    [Fact]
    public void Mending_first_or_last_is_the_same() => Seeded.Run(random =>
    {
        RewriteSettings both = s_addresses with { FixChecksums = true };
        byte[][] samples = [.. Samples()];
        for (int i = 0; i < 5_000; i++)
        {
            byte[] frame = Damaged(random.ArrayElement(samples));
            FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
            if (!decoded.Transport.IsEmpty && decoded.Transport.Length > 20)
            {
                frame[^random.Int(1, decoded.Transport.Length - 20)] = random.Byte();
            }

            Assert.Equal(Rewritten(frame, both), Rewritten(Rewritten(frame, s_checksums), s_addresses));
        }
    });

    [Fact]
    public void A_frame_that_was_cut_changes_as_the_whole_one_does()
    {
        foreach (byte[] frame in Samples().Select(frame => Rewritten(frame, s_checksums)))
        {
            byte[] whole = Rewritten(frame, s_addresses);
            FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame all);
            for (int length = 0; length < frame.Length; length++)
            {
                FrameDecoder.Decode(frame.AsSpan(0, length), LinkType.Ethernet, out DecodedFrame cut);
                byte[] changed = Rewritten(frame[..length], s_addresses);
                if (cut.Layers >= (all.Layers & (FrameLayers.Ethernet | FrameLayers.IPv4 | FrameLayers.IPv6))
                    && !ArpPacket.TryFind(all, out _)
                    && (cut.Transport.Length > 0 || all.Transport.IsEmpty))
                {
                    int even = length & ~1; // of half a checksum nothing can be made
                    Assert.Equal(whole[..even], changed[..even]);
                }

                Rewritten(frame[..length], s_checksums);
            }
        }
    }

    [Fact]
    public void The_checksum_of_a_fragmented_datagram_stays_right()
    {
        byte[] datagram = SampleFrames.Udp(1, 2, new byte[100]);
        byte[] frame = SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, datagram));
        frame[14 + 20 + 6] = 1;
        datagram = Rewritten(frame, s_checksums)[34..];
        byte[] first = Rewritten(SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, datagram[..64], more: true)), s_addresses);
        byte[] second = Rewritten(SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, datagram[64..], offset: 64)), s_addresses);
        byte[] together = [.. first, .. second[34..]];
        BinaryPrimitives.WriteUInt16BigEndian(together.AsSpan(16), (ushort)(together.Length - 14));
        together[20] = 0; // no more fragments
        FrameDecoder.Decode(together, LinkType.Ethernet, out DecodedFrame decoded);
        Assert.Equal(ChecksumVerdict.Ok, TransportChecksum.Verify(decoded, isPartial: false));
    }

    [Fact]
    public void What_the_card_was_to_finish_stays_so_until_it_is_mended()
    {
        byte[] frame = Whole("tcp");
        FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
        ulong pseudo = InternetChecksum.AddPseudoHeader(
            0, decoded.IPv4.Source, decoded.IPv4.Destination, 6, decoded.TransportLength);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(14 + 20 + 16), (ushort)~InternetChecksum.Finish(pseudo));
        Assert.Equal(ChecksumVerdict.Partial, Verdict(frame));
        frame = Rewritten(frame, s_addresses);
        Assert.Equal(ChecksumVerdict.Partial, Verdict(frame));
        Assert.Equal(ChecksumVerdict.Ok, Verdict(Rewritten(frame, s_checksums)));
    }

    [Fact]
    public void Fragments_cut_frames_and_absent_checksums_are_left_alone_and_counted()
    {
        FrameRewriter rewriter = new(s_checksums);
        foreach (byte[] frame in new[] { Whole("first fragment"), Whole("later fragment 6"), Whole("tcp")[..^3], Whole("udp"),
            Whole("arp") })
        {
            byte[] copy = [.. frame];
            rewriter.Apply(copy);
            Assert.Equal(frame, copy);
        }

        Assert.Equal((0, 2, 1), (rewriter.Counts.Mended, rewriter.Counts.Fragments, rewriter.Counts.Incomplete));
        rewriter.Apply(Whole("tcp"));
        Assert.Equal(1, rewriter.Counts.Mended);
    }

    [Fact]
    public void The_destination_of_the_moment_is_not_in_the_checksum_behind_a_routing_header()
    {
        byte[] end = IPAddress.Parse("2001:db8::9").GetAddressBytes();
        byte[] echo = [128, 0, 0, 0, 0, 7, 0, 1];
        byte[] frame = SampleFrames.Ethernet(0x86dd, SampleFrames.IPv6(43, [58, 2, 0, 1, 0, 0, 0, 0, .. end, .. echo]));
        byte[] changed = Rewritten(frame,
            new() { Addresses = [AddressRule.ForAll(AddressText.ReadPrefix("fd00::7", ""), ofSource: false)] });
        Assert.NotEqual(frame, changed);
        Assert.Equal(frame[54..], changed[54..]);
        Assert.Equal(ChecksumVerdict.Ok, Verdict(Rewritten(Rewritten(frame, s_checksums), s_addresses)));
        frame[14 + 40 + 2] = 3; // compressed addresses
        FrameRewriter mender = new(s_checksums);
        mender.Apply(frame);
        Assert.Equal((0, 1), (mender.Counts.Mended, mender.Counts.Incomplete));
    }

    [Fact]
    public void A_frame_that_lies_stays_within_its_bytes() => Seeded.Run(random =>
    {
        byte[][] samples = [.. SampleFrames.All().Select(sample => sample.Bytes)];
        FrameRewriter rewriter = new(s_addresses
            with
        { FixChecksums = true, Macs = [AddressText.ReadMacRule("02:00:00:00:00:0a=02:00:00:00:00:0c")] });
        for (int i = 0; i < 100_000; i++)
        {
            byte[] sample = samples[i % samples.Length];
            byte[] frame = [.. sample.AsSpan(0, random.Int(0, 3) == 0 ? random.Int(0, sample.Length) : sample.Length)];
            for (int changes = random.Int(0, 4); changes > 0 && frame.Length > 0; changes--)
            {
                frame[random.Int(0, frame.Length - 1)] = random.Byte();
            }

            rewriter.Apply(frame);
        }
    });

    [LabFact(Needs.Tcprewrite)]
    public void Tcprewrite_makes_the_same_of_them()
    {
        using TempFolder folder = new();
        // IP over Ethernet, and without the kinds of which tcprewrite leaves something out: fragments, extension headers, options
        // of ARP.
        string[] kinds = ["tcp", "udp", "icmp", "tcp6", "udp6", "icmp6", "vlan", "dns", "dhcp", "ip options"];
        byte[][] frames = [.. kinds.Select(kind => Rewritten(Damaged(Whole(kind)), s_checksums))];
        CaptureFiles.Write(folder.File("a.pcap"), frames);
        ToolProcess.RunCommand(
            "tcprewrite", "-i", folder.File("a.pcap"), "-o", folder.File("b.pcap"), "--enet-smac=02:00:00:00:01:01",
            "--enet-dmac=02:00:00:00:01:02",
            "--pnat=10.0.0.0/24:172.16.5.0/24,[2001:db8::/32]:[fd00:77::/32]", "--fixcsum").Expect(0);
        RewriteSettings settings = new()
        {
            SourceMac = [2, 0, 0, 0, 1, 1],
            DestinationMac = [2, 0, 0, 0, 1, 2],
            Addresses = [AddressText.ReadAddressRule("10.0.0.0/24=172.16.5.0/24"),
                AddressText.ReadAddressRule("2001:db8::/32=fd00:77::/32")],
        };
        byte[][] theirs = [.. CaptureFiles.Read(folder.File("b.pcap"))];
        Assert.Equal(frames.Length, theirs.Length);
        for (int i = 0; i < frames.Length; i++)
        {
            // tcprewrite 4.4 takes every IPv6 packet for multicast, and makes hardware addresses of that kind.
            int from = kinds[i].EndsWith('6') ? 12 : 0;
            Assert.Equal(
                $"{kinds[i]} {Convert.ToHexString(theirs[i][from..])}",
                $"{kinds[i]} {Convert.ToHexString(Rewritten(frames[i], settings)[from..])}");
        }
    }

    [Theory]
    [InlineData("10.0.0")]
    [InlineData("0x0a000001")]
    [InlineData("10.0.0.1/33")]
    [InlineData("10.0.0.1/")]
    [InlineData("fe80::1%lo")]
    [InlineData("[::1]")]
    [InlineData("::/-1")]
    public void What_is_not_an_address_is_refused(string text) =>
        Assert.Throws<OperationFailedException>(() => AddressText.ReadPrefix(text, "--src-ip"));

    [Theory]
    [InlineData("10.0.0.1")]
    [InlineData("10.0.0.1=::1")]
    [InlineData("10.0.0.1=10.0.0.2=10.0.0.3")]
    public void What_is_not_a_rule_is_refused(string text) =>
        Assert.Throws<OperationFailedException>(() => AddressText.ReadAddressRule(text));

    [Theory]
    [InlineData("02:00:00:00:00")]
    [InlineData("02:00:00:00:00:0a:0b")]
    [InlineData("02:00:00:00:00:+a")]
    [InlineData("02:00:00:00:00:100")]
    public void What_is_not_a_hardware_address_is_refused(string text) =>
        Assert.Throws<OperationFailedException>(() => AddressText.ReadMac(text, "--src-mac"));

    private static IEnumerable<byte[]> Samples() =>
        SampleFrames.All().Select(sample => sample.Bytes).Where(frame => frame.Length > 14);

    private static byte[] Whole(string name) => [.. SampleFrames.All().First(sample => sample.Name == name).Bytes];

    [Theory]
    [InlineData("tcp timestamps", 80, 8080)]
    [InlineData("udp checksum", 9, 1009)]
    public void Ports_change_and_right_checksums_stay_right(string name, ushort old, ushort fresh)
    {
        byte[] whole = Rewritten(Whole(name), new() { FixChecksums = true });
        byte[] frame = Rewritten(whole, new() { Ports = [(old, fresh)] });
        FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
        Assert.Equal(fresh, decoded.DestinationPort);
        Assert.Equal(ChecksumVerdict.Ok, TransportChecksum.Verify(decoded, isPartial: false));
    }

    [Fact]
    public void Vlan_ids_change_in_every_tag_and_priorities_stay()
    {
        byte[] before = SampleFrames.Tagged([(0x8100, 0x6005), (0x8100, 5)], 0x88b5, [1, 2, 3, 4]);
        FrameDecoder.Decode(Rewritten(before, new() { Vlans = [(5, 77)] }), LinkType.Ethernet, out DecodedFrame decoded);
        Assert.Equal((77, 3, 77), (decoded.Vlan(0).Id, decoded.Vlan(0).Priority, decoded.Vlan(1).Id));
    }

    [Fact]
    public void Checksums_cover_the_end_of_a_source_route_and_a_home_address()
    {
        byte[] route = SampleFrames.IPv4(17, SampleFrames.Udp(1, 2, "x"u8), options: [131, 7, 4, 1, 2, 3, 4, 0]);
        byte[] home = SampleFrames.IPv6(
            60, [17, 2, 1, 2, 0, 0, 201, 16, .. Enumerable.Repeat((byte)0x20, 16), .. SampleFrames.Udp(1, 2, "x"u8)]);
        foreach ((ushort type, byte[] packet, int at, int length) in (
            ReadOnlySpan<(ushort, byte[], int, int)>)[(0x0800, route, 16, 4), (0x86dd, home, 8, 16)])
        {
            byte[] frame = SampleFrames.Ethernet(type, packet);
            int udp = frame.Length - 9;
            (frame[udp + 6], frame[udp + 7]) = (1, 1); // over IPv4, 0 stands for none
            frame = Rewritten(frame, new() { FixChecksums = true });
            FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
            Assert.Equal(ChecksumVerdict.Ok, TransportChecksum.Verify(decoded, isPartial: false));
            frame[14 + at + length - 1] ^= 0x55; // the address that is only the next stop, or the care-of address, does not count
            FrameDecoder.Decode(frame, LinkType.Ethernet, out decoded);
            Assert.Equal(ChecksumVerdict.Ok, TransportChecksum.Verify(decoded, isPartial: false));
        }
    }

    private static byte[] Rewritten(byte[] frame, RewriteSettings settings)
    {
        byte[] copy = [.. frame];
        new FrameRewriter(settings).Apply(copy);
        return copy;
    }

    /// <summary>The frame with wrong checksums, and one where UDP had none.</summary>
    private static byte[] Damaged(byte[] frame)
    {
        byte[] copy = [.. frame];
        FrameDecoder.Decode(copy, LinkType.Ethernet, out DecodedFrame decoded);
        if (decoded.Has(FrameLayers.IPv4) && copy.AsSpan().Overlaps(decoded.Network, out int ip))
        {
            copy[ip + 10] ^= 0x5a;
        }

        if (decoded.FragmentOffset == 0 && TransportChecksum.TryCompute(decoded, out int at, out _)
            && copy.AsSpan().Overlaps(decoded.Transport, out int transport))
        {
            copy[transport + at] ^= 0xa5;
        }

        return copy;
    }

    private static ChecksumVerdict Verdict(byte[] frame)
    {
        FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
        return TransportChecksum.Verify(decoded, isPartial: false);
    }

    /// <summary>What tshark says of all outermost checksums: they begin with 0 when bad, 1 when good.</summary>
    private static string[] Verdicts(string path, byte[][] frames)
    {
        CaptureFiles.Write(path, frames);
        string[] fields = ["ip.checksum.status", "tcp.checksum.status", "udp.checksum.status", "icmp.checksum.status",
            "icmpv6.checksum.status"];
        string[] args =
        [
            "-n", "-r", path, "-T", "fields", "-E", "occurrence=f", "-o", "ip.check_checksum:TRUE", "-o",
            "tcp.check_checksum:TRUE",
            "-o", "udp.check_checksum:TRUE", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
            .. fields.SelectMany(field => new[] { "-e", field }),
        ];
        // What a tunnel or an error carries stays as it was.
        string[] rows = ToolProcess.RunCommand("tshark", args).Expect(0).Output.TrimEnd('\n').Split('\n');
        Assert.Equal(frames.Length, rows.Length);
        return [.. rows.SelectMany((row, i) => row.Split('\t').Zip(fields)
            .Where(cell => cell.First.Length > 0 && HasOuter(frames[i], cell.Second[..cell.Second.IndexOf('.')]))
            .Select(cell => $"{cell.First} {cell.Second} of {Convert.ToHexString(frames[i])}"))];
    }

    private static bool HasOuter(byte[] frame, string layer)
    {
        FrameDecoder.Decode(frame, LinkType.Ethernet, out DecodedFrame decoded);
        return decoded.Has(layer switch
        {
            "ip" => FrameLayers.IPv4,
            "tcp" => FrameLayers.Tcp,
            "udp" => FrameLayers.Udp,
            _ =>
            FrameLayers.Icmp
        });
    }
}
