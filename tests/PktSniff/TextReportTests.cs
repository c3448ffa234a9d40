using System.Net;
using System.Text;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Report;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

public class TextReportTests
{
    [Theory]
    [InlineData("arp", "02:00:00:00:00:0a > 02:00:00:00:00:0b ARP who-has 10.0.0.2 tell 10.0.0.1, length 28")]
    [InlineData("arp reply", "02:00:00:00:00:0a > 02:00:00:00:00:0b ARP 10.0.0.1 is-at 02:00:00:00:00:0a, length 28")]
    [InlineData("icmp", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1 > 10.0.0.2 ttl 61: "
        + "ICMP echo request (type 8 code 0), id 7, seq 1, length 12, checksum bad")]
    [InlineData("udp", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1.5353 > 10.0.0.2.53 ttl 61: UDP, length 5")]
    [InlineData("later fragment", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1 > 10.0.0.2 ttl 61: fragment at 1480, "
        + "UDP, length 13")]
    [InlineData("double vlan", "02:00:00:00:00:0a > 02:00:00:00:00:0b vlan 100, vlan 200, "
        + "IPv6 2001:db8::1.5353 > 2001:db8::1:0:0:2.53 ttl 62: UDP, length 5, checksum missing")]
    [InlineData("llc", "02:00:00:00:00:0a > 02:00:00:00:00:0b STP 802.1w, rapid, length 21")]
    [InlineData("stp", "02:00:00:00:00:0a > 02:00:00:00:00:0b STP 802.1d, config, flags [topology change, topology change ack], "
        + "root 8001.02:00:00:00:00:0a, cost 19, bridge 9002.02:00:00:00:00:0b, port 0x8004, length 52")]
    [InlineData("lldp", "02:00:00:00:00:0a > 02:00:00:00:00:0b LLDP, chassis 02:00:00:00:00:0a, port Gi0/1, ttl 120s, name "
        + "switch one, length 91")]
    [InlineData("snap cisco", "02:00:00:00:00:0a > 02:00:00:00:00:0b 802.3 LLC dsap 0xaa ssap 0xaa control 0x03, "
        + "SNAP organization 0x00000c type 0x2000, length 24")]
    [InlineData("igmp 3", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1 > 10.0.0.2 ttl 61: IGMP v3 report, "
        + "to exclude 224.0.0.251, to include 239.1.2.3, length 28")]
    [InlineData("dns tcp", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1.4000 > 10.0.0.2.53 ttl 61: TCP Flags [.], seq "
        + "1:22, ack 1, win 502, "
        + "options [mss 1460,sackOK,nop,nop], DNS query 3 t. A, flags [RD], length 21, checksum bad")]
    [InlineData("icmp error", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1 > 10.0.0.2 ttl 61: ICMP destination "
        + "unreachable "
        + "(type 3 code 3), port unreachable, for 10.0.0.1.5353 > 10.0.0.2.53 UDP, length 41, checksum bad")]
    [InlineData("neighbor", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv6 2001:db8::1 > 2001:db8::1:0:0:2 ttl 62: ICMPv6 neighbor "
        + "solicitation "
        + "(type 135 code 0), who has fe80::1, source 02:00:00:00:00:0a, length 32, checksum bad")]
    [InlineData("ipip", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1 > 10.0.0.2 ttl 61: IPIP, length 66 | "
        + "IPv4 10.0.0.1.40000 > 10.0.0.2.80 ttl 61: TCP Flags [P.], seq 1000:1018, ack 2000, win 502, "
        + "options [mss 1460,sackOK,nop,nop], HTTP: GET / HTTP/1.0, length 18, checksum bad")]
    [InlineData("dns", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1.53 > 10.0.0.2.4000 ttl 61: "
        + "UDP, DNS answer 7 a\\027b.example. A: A 192.0.2.1, CNAME c.example., flags [RD RA], counts 2/0/0, length 61")]
    [InlineData("dns loop", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1.53 > 10.0.0.2.4000 ttl 61: "
        + "UDP, DNS answer 7 <loop>, flags [RD RA], counts 0/0/0, length 18")]
    [InlineData("unknown", "02:00:00:00:00:0a > 02:00:00:00:00:0b 0x88b5, length 17")]
    public void Prints_a_line_for_each_kind_of_frame(string name, string expected)
    {
        string line = Print(Sample(name), new TextStyle());
        Assert.Matches(@"^\d\d:\d\d:\d\d\.123456 ", line);
        Assert.Equal(expected, line[16..]);
    }

    [Fact]
    public void Prints_what_tcpdump_prints_of_tcp() =>
        Assert.EndsWith(
            "IPv4 10.0.0.1.40000 > 10.0.0.2.80 ttl 61: TCP Flags [P.], seq 1000:1018, ack 2000, win 502, "
            + "options [mss 1460,sackOK,nop,nop], HTTP: GET / HTTP/1.0, length 18, checksum bad",
            Print(Sample("tcp"), new TextStyle()));

    [Fact]
    public void Sequence_numbers_are_relative_once_the_connection_is_known()
    {
        byte[] syn = SampleFrames.Tcp(1, 2, uint.MaxValue, 0, TcpFlags.Syn, default);
        byte[] synAck = SampleFrames.Tcp(2, 1, 5000, 0, TcpFlags.Syn | TcpFlags.Ack, default);
        byte[] data = SampleFrames.Tcp(1, 2, 0, 5001, TcpFlags.Ack, "hello"u8);
        byte[] there = [.. SampleFrames.IPv4(6, syn)];
        byte[] back = [.. SampleFrames.IPv4(6, synAck)];
        (there[15], back[15], there[19], back[19]) = (1, 2, 2, 1);
        byte[] more = [.. SampleFrames.IPv4(6, data)];
        (more[15], more[19]) = (1, 2);
        string[] lines = Print([there, back, more], new TextStyle { Time = TimeStyle.None }).Split('\n');
        Assert.Contains("[S], seq 4294967295, win", lines[0]);
        Assert.Contains("[S.], seq 5000, ack 0, win", lines[1]);
        Assert.Contains("[.], seq 1:6, ack 1, win", lines[2]);
        Assert.Contains("seq 0:5, ack 5001",
            Print([there, back, more], new TextStyle { AbsoluteSequences = true }).Split('\n')[2]);
    }

    [Fact]
    public void Times_are_printed_as_asked()
    {
        Assert.StartsWith("02:00", Print(Sample("arp"), new TextStyle { Time = TimeStyle.None }));
        Assert.StartsWith("1700000000.123456 02:00", Print(Sample("arp"), new TextStyle { Time = TimeStyle.Seconds }));
        Assert.StartsWith(" 00:00:00.000000 02:00", Print(Sample("arp"), new TextStyle { Time = TimeStyle.SincePrevious }));
        Assert.Matches(@"^2023-11-1\d \d\d:\d\d:20\.123456 02:00",
            Print(Sample("arp"), new TextStyle { Time = TimeStyle.DateAndTime }));
    }

    [Fact]
    public void Text_keeps_lines_and_nothing_that_could_move_a_terminal()
    {
        byte[] frame = SampleFrames.Ethernet(0x88b5, "one\r\ntwo\x1b[31m\0\n"u8.ToArray());
        string[] lines = Print(frame, new TextStyle { Hex = HexStyle.Text }).Split('\n');
        Assert.Equal(["one", "two.[31m."], lines[1..3]);
    }

    [Fact]
    public void Says_partial_where_the_card_was_to_finish_the_checksum() =>
        Assert.EndsWith("length 18, checksum partial", Print(Sample("tcp"), new TextStyle(), partial: true));

    [Fact]
    public void Link_details_name_the_ethertype_and_the_priority() =>
        Assert.Contains(
            "ethertype 802.1Q (0x8100), length 84: vlan 7 p 3, IPv4 ",
            Print(Sample("vlan"), new TextStyle { LinkDetails = true }));

    [Fact]
    public void Quick_leaves_out_the_link() =>
        Assert.EndsWith("IPv4 10.0.0.1.40000 > 10.0.0.2.80: TCP 18, checksum bad",
            Print(Sample("tcp"), new TextStyle { Quick = true }));

    [Fact]
    public void Hex_rows_show_the_packet_behind_the_link_header()
    {
        string[] lines = Print(Sample("unknown"), new TextStyle { Hex = HexStyle.HexAndText }).Split('\n');
        Assert.Equal("\t0x0000:  0102 03                                  ...", lines[1]);
    }

    [Fact]
    public void Addresses_are_written_as_the_framework_writes_them() => Seeded.Run(random =>
    {
        for (int i = 0; i < 10_000; i++)
        {
            byte[] address = random.Bytes(16);
            for (int zeros = random.Int(0, 12); zeros > 0; zeros--)
            {
                address[random.Int(0, 15)] = 0;
            }

            LineBuffer line = new();
            line.Address(address);
            // The framework writes some addresses with their last 32 bits as IPv4; compare those by value.
            Assert.Equal(new IPAddress(address), IPAddress.Parse(Encoding.UTF8.GetString(line.Bytes)));
            string theirs = new IPAddress(address).ToString();
            if (!theirs.Contains('.'))
            {
                Assert.Equal(theirs, Encoding.UTF8.GetString(line.Bytes));
            }
        }
    });

    [Fact]
    public void Printing_allocates_nothing()
    {
        using FileStream nowhere = new("/dev/null", FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        Output output = new((int)nowhere.SafeFileHandle.DangerousGetHandle(), "nowhere");
        IFrameReport[] printers = [new TextReport(output, new TextStyle()), new JsonReport(output)];
        byte[][] samples = [.. SampleFrames.All().Concat(SampleMessages.All()).Select(sample => sample.Bytes)];
        FrameOrigin origin = new("eth0", LinkType.Ethernet, 65535);
        Run(1000);
        Allocations.AssertNone(() => Run(1_000_000));

        void Run(int frames)
        {
            for (int i = 0; i < frames; i++)
            {
                byte[] bytes = samples[i % samples.Length];
                CapturedFrame captured = new() { Bytes = bytes, Length = bytes.Length, Seconds = i / 1000, Origin = origin };
                FrameDecoder.Decode(bytes, LinkType.Ethernet, out DecodedFrame frame);
                printers[i / samples.Length & 1].Print(i, captured, frame);
            }
        }
    }

    private static byte[] Sample(string name) => SampleFrames.All().First(sample => sample.Name == name).Bytes;

    private static string Print(byte[] bytes, TextStyle style, bool partial = false) => Print([bytes], style, partial);

    private static string Print(byte[][] frames, TextStyle style, bool partial = false)
    {
        using TempFolder folder = new();
        using (FileStream file = File.Create(folder.File("text")))
        {
            Output output = new((int)file.SafeFileHandle.DangerousGetHandle(), "text");
            TextReport printer = new(output, style);
            foreach (byte[] bytes in frames)
            {
                int linkType = bytes[0] == 0x45 ? LinkType.Raw : LinkType.Ethernet;
                CapturedFrame captured = new()
                {
                    Bytes = bytes,
                    Length = bytes.Length,
                    Seconds = 1_700_000_000,
                    Nanoseconds = 123_456_789,
                    Origin = new FrameOrigin("eth0", linkType, 65535),
                    HasPartialChecksum = partial,
                };
                FrameDecoder.Decode(bytes, linkType, out DecodedFrame frame);
                printer.Print(1, captured, frame);
            }

            output.Flush();
        }

        return File.ReadAllText(folder.File("text")).TrimEnd('\n');
    }
}
