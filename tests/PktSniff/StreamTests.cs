using System.Text.Json;
using NetTools.Packets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>--streams and --follow: conversations by number, their bytes in order.</summary>
[Collection("lab")]
public class StreamTests
{
    private static readonly byte[] s_client = [10, 0, 0, 1];
    private static readonly byte[] s_server = [10, 0, 0, 2];

    [LabFact]
    public void A_stream_comes_in_order_and_once_and_gaps_are_marked()
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a"),
        [
            Udp("other"), Segment(true, 999, 0, TcpFlags.Syn, ""), Segment(false, 4999, 1000, TcpFlags.Syn | TcpFlags.Ack, ""),
            // the byte at 1005 never comes
            Segment(true, 1006, 5000, TcpFlags.Ack, "two\n"), Segment(true, 1000, 5000, TcpFlags.Ack, "one, "),
            Segment(true, 1000, 5000, TcpFlags.Ack, "one, "), Segment(false, 5000, 1010, TcpFlags.Ack, "yes\u001b[31m\n"),
        ]);
        string[] expected =
        [
            "--- 10.0.0.1.4000 > 10.0.0.2.80", "one, ", "[1 bytes missing]", "two", "--- 10.0.0.2.80 > 10.0.0.1.4000", "yes.[31m",
        ];
        foreach (string stream in (string[])["1", "tcp:10.0.0.1:4000-10.0.0.2:80", "tcp:10.0.0.2:80-10.0.0.1:4000"])
        {
            Assert.Equal(expected, ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--follow", stream).Expect(0).OutputLines);
        }

        string[] lines = ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--streams").Expect(0).OutputLines;
        Assert.Equal(3, lines.Length);
        Assert.StartsWith("0", lines[1]);
        Assert.Contains("UDP", lines[1]);
        Assert.Contains("10.0.0.1.4000", lines[2]);
        Assert.Contains("not a stream",
            ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--follow", "tcp:1-2").Expect(2).Error);
    }

    [LabFact]
    public void A_hello_of_tls_over_several_segments_and_records_is_read_from_the_stream()
    {
        byte[] hello = Hello();
        // The handshake's bytes in two records, the segments of which come in another order; the header of the first is split.
        byte[] records = [.. Record(hello.AsSpan(5, 100)), .. Record(hello.AsSpan(105))];
        const string says = "[TLS client hello TLS 1.3, SNI www.example.org, ALPN h2,http/1.1]";
        string[] whole = Follow(records, [(0, 3), (60, 200), (3, 60), (200, records.Length)], (byte)'x');
        Assert.Equal(says, Assert.Single(whole, line => line.StartsWith("[TLS", StringComparison.Ordinal)));
        Assert.Equal("x", whole[^1]);
        Assert.Equal(says, Assert.Single(Follow(hello, [(0, hello.Length)]), line => line.StartsWith('[')));
        Assert.Equal("[TLS client hello, partial]", Follow(hello, [(0, 90)])[^1]);
        Assert.Contains("[TLS client hello, partial]", Follow(hello, [(0, 90), (120, hello.Length)]));
        Assert.DoesNotContain(Follow([23, .. hello[1..]], [(0, hello.Length)]), line => line.StartsWith('['));
        Assert.DoesNotContain(Follow([22, 3, 1, 0, 4, 11, 0, 0, 0, .. hello], [(0, hello.Length)]), line => line.StartsWith('['));
    }

    [LabFact]
    public void Names_of_names_and_what_a_transfer_sends_between_other_ports()
    {
        byte[] question = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, (byte)'x', 0, 0, 1, 0, 1];
        byte[] request = [0, 1, (byte)'f', 0, .. "octet"u8, 0];
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a"),
        [
            Four(5353, 5353, question), Four(4000, 5355, question), Four(4001, 53, question),
            Four(3000, 40001, [0, 3, 0, 1, 1]), // no request yet
            Four(40001, 69, request), Four(3000, 40001, [0, 3, 0, 1, 1]), Four(40001, 3000, [0, 4, 0, 1]),
            Four(3001, 40001, [0, 5, 0, 5, (byte)'?', 0]), Four(3000, 40001, [0, 9, 0, 1]), Four(3000, 40002, [0, 3, 0, 1]),
            Six(40003, 69, request), Six(3000, 40003, [0, 3, 0, 7]), Six(3000, 40001, [0, 3, 0, 7]),
        ]);
        string[] names = [.. ToolProcess.Run("pktsniff", "-r", folder.File("a")).Expect(0).OutputLines
            .Select(line => line[(line.IndexOf("UDP", StringComparison.Ordinal) + 3)..].Split(", ")[1].Split(' ')[0])];
        Assert.Equal("mDNS LLMNR DNS length TFTP TFTP TFTP TFTP length length TFTP TFTP length", string.Join(' ', names));
        Assert.Equal("1,1,,,7,", string.Join(',', ToolProcess.Run(
            "pktsniff", "-r", folder.File("a"), "--fields", "tftp.block").Expect(0).Output.Split('\n')[5..^1]
            .Where((_, i) => i is 0 or 1 or 3 or 4 or 6 or 7)));
        string[] counted = [.. ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--summary").Expect(0).OutputLines
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length > 4)
            .Select(words => $"{words[0]} {words[3]}")];
        Assert.Equal(["DNS 1", "LLMNR 1", "TFTP 6", "UDP 4", "mDNS 1"], counted.Where(row => row[..3] is "DNS" or "LLM" or "mDN"
            or "TFT" or "UDP").Order(StringComparer.Ordinal).Take(5));
        Assert.Equal("mDNS LLMNR DNS TFTP TFTP", string.Join(' ', ToolProcess.Run(
            "pktsniff", "-r", folder.File("a"), "--streams", "--json").Expect(0).OutputLines
            .Select(line => JsonDocument.Parse(line).RootElement).Where(one => one.TryGetProperty("stream", out _)).Take(5)
            .Select(one => one.GetProperty("application").GetString())));
    }

    /// <summary>Lines of the stream of a client that sends parts of bytes as segments.</summary>
    private static string[] Follow(byte[] bytes, (int From, int To)[] parts, params byte[] then)
    {
        using TempFolder folder = new();
        CaptureFiles.Write(folder.File("a"), [Segment(true, 999, 0, TcpFlags.Syn, ""),
            .. parts.Select(part => Segment(true, 1000 + (uint)part.From, 1, TcpFlags.Ack, bytes.AsSpan(part.From..part.To))),
            Segment(true, 1000 + (uint)bytes.Length, 1, TcpFlags.Ack, then)]);
        return ToolProcess.Run("pktsniff", "-r", folder.File("a"), "--follow", "0").Expect(0).OutputLines;
    }

    private static byte[] Hello()
    {
        byte[] frame = SampleMessages.Frame("tls hello");
        return frame[frame.AsSpan().IndexOf((byte[])[22, 3, 1, 2, 0])..];
    }

    private static byte[] Record(ReadOnlySpan<byte> part) => [22, 3, 1, (byte)(part.Length >> 8), (byte)part.Length, .. part];

    /// <summary>From the client, or from the server's ports 3000 and 3001.</summary>
    private static byte[] Four(ushort from, ushort to, ReadOnlySpan<byte> payload)
    {
        byte[] packet = SampleFrames.IPv4(17, SampleFrames.Udp(from, to, payload));
        return SampleFrames.Ethernet(0x0800, from is 3000 or 3001 ? [.. packet[..12], .. packet[16..20], .. packet[12..16],
            .. packet[20..]] : packet);
    }

    private static byte[] Six(ushort from, ushort to, ReadOnlySpan<byte> payload)
    {
        byte[] packet = SampleFrames.IPv6(17, SampleFrames.Udp(from, to, payload));
        return SampleFrames.Ethernet(0x86dd, from is 3000 or 3001 ? [.. packet[..8], .. packet[24..40], .. packet[8..24],
            .. packet[40..]] : packet);
    }

    private static byte[] Udp(string text) =>
        SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, SampleFrames.Udp(9, 10, System.Text.Encoding.ASCII.GetBytes(text))));

    private static byte[] Segment(bool fromClient, uint sequence, uint acknowledgment, TcpFlags flags, string text) =>
        Segment(fromClient, sequence, acknowledgment, flags, System.Text.Encoding.ASCII.GetBytes(text));

    private static byte[] Segment(
        bool fromClient, uint sequence, uint acknowledgment, TcpFlags flags, ReadOnlySpan<byte> payload)
    {
        (ushort from, ushort to) = fromClient ? ((ushort)4000, (ushort)80) : ((ushort)80, (ushort)4000);
        byte[] packet = SampleFrames.IPv4(
            6, SampleFrames.Tcp(from, to, sequence, acknowledgment, flags, payload));
        (fromClient ? s_client : s_server).CopyTo(packet, 12);
        (fromClient ? s_server : s_client).CopyTo(packet, 16);
        return SampleFrames.Ethernet(0x0800, packet);
    }
}
