using System.Net;
using System.Text;
using NetTools.Packets;
using NetTools.PktSniff;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Print;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

public class TextPrinterTests
{
    [Theory]
    [InlineData("arp", "02:00:00:00:00:0a > 02:00:00:00:00:0b ARP who-has 10.0.0.2 tell 10.0.0.1, length 28")]
    [InlineData("arp reply", "02:00:00:00:00:0a > 02:00:00:00:00:0b ARP 10.0.0.1 is-at 02:00:00:00:00:0a, length 28")]
    [InlineData("icmp", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1 > 10.0.0.2 ttl 61: "
        + "ICMP echo request (type 8 code 0), id 7, seq 1, length 12, checksum bad")]
    [InlineData("udp", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1.5353 > 10.0.0.2.53 ttl 61: UDP, length 5")]
    [InlineData("later fragment", "02:00:00:00:00:0a > 02:00:00:00:00:0b IPv4 10.0.0.1 > 10.0.0.2 ttl 61: fragment at 1480, UDP, length 13")]
    [InlineData("double vlan", "02:00:00:00:00:0a > 02:00:00:00:00:0b vlan 100, vlan 200, "
        + "IPv6 2001:db8::1.5353 > 2001:db8::1:0:0:2.53 ttl 62: UDP, length 5")]
    [InlineData("llc", "02:00:00:00:00:0a > 02:00:00:00:00:0b 802.3 LLC dsap 0x42 ssap 0x42 control 0x03, length 21")]
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
            "IPv4 10.0.0.1.40000 > 10.0.0.2.80 ttl 61: TCP Flags [P.], seq 1000:1018, ack 2000, win 502, length 18, checksum bad",
            Print(Sample("tcp"), new TextStyle()));

    [Fact]
    public void Says_partial_where_the_card_was_to_finish_the_checksum() =>
        Assert.EndsWith("length 18, checksum partial", Print(Sample("tcp"), new TextStyle(), partial: true));

    [Fact]
    public void Link_details_name_the_ethertype_and_the_priority() =>
        Assert.Contains(
            "ethertype 802.1Q (0x8100), length 84: vlan 7 p 3, IPv4 ", Print(Sample("vlan"), new TextStyle { LinkDetails = true }));

    [Fact]
    public void Quick_leaves_out_the_link() =>
        Assert.EndsWith("IPv4 10.0.0.1.40000 > 10.0.0.2.80: TCP 18, checksum bad", Print(Sample("tcp"), new TextStyle { Quick = true }));

    [Fact]
    public void Hex_rows_show_the_packet_behind_the_link_header()
    {
        string[] lines = Print(Sample("unknown"), new TextStyle { Hex = HexStyle.HexAndText }).Split('\n');
        Assert.Equal("\t0x0000:  0102 03                                 ...", lines[1]);
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
        using FileStream nowhere = File.OpenWrite("/dev/null");
        Output output = new((int)nowhere.SafeFileHandle.DangerousGetHandle(), "nowhere");
        IFramePrinter[] printers = [new TextPrinter(output, new TextStyle()), new JsonPrinter(output)];
        byte[][] samples = [.. SampleFrames.All().Select(sample => sample.Bytes)];
        FrameOrigin origin = new("eth0", LinkType.Ethernet, 65535);
        Run(1000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run(1_000_000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run(int frames)
        {
            for (int i = 0; i < frames; i++)
            {
                byte[] bytes = samples[i % samples.Length];
                CapturedFrame captured = new() { Bytes = bytes, Length = bytes.Length, Seconds = i / 1000, Origin = origin };
                FrameDecoder.Decode(bytes, LinkType.Ethernet, out DecodedFrame frame);
                printers[i & 1].Print(i, captured, frame);
            }
        }
    }

    private static byte[] Sample(string name) => SampleFrames.All().First(sample => sample.Name == name).Bytes;

    private static string Print(byte[] bytes, TextStyle style, bool partial = false)
    {
        using TempFolder folder = new();
        using (FileStream file = File.Create(folder.File("text")))
        {
            Output output = new((int)file.SafeFileHandle.DangerousGetHandle(), "text");
            CapturedFrame captured = new()
            {
                Bytes = bytes,
                Length = bytes.Length,
                Seconds = 1_700_000_000,
                Nanoseconds = 123_456_789,
                Origin = new FrameOrigin("eth0", LinkType.Ethernet, 65535),
                HasPartialChecksum = partial,
            };
            FrameDecoder.Decode(bytes, LinkType.Ethernet, out DecodedFrame frame);
            new TextPrinter(output, style).Print(1, captured, frame);
            output.Flush();
        }

        return File.ReadAllText(folder.File("text")).TrimEnd('\n');
    }
}
