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

    private static byte[] Udp(string text) =>
        SampleFrames.Ethernet(0x0800, SampleFrames.IPv4(17, SampleFrames.Udp(9, 10, System.Text.Encoding.ASCII.GetBytes(text))));

    private static byte[] Segment(bool fromClient, uint sequence, uint acknowledgment, TcpFlags flags, string text)
    {
        (ushort from, ushort to) = fromClient ? ((ushort)4000, (ushort)80) : ((ushort)80, (ushort)4000);
        byte[] packet = SampleFrames.IPv4(
            6, SampleFrames.Tcp(from, to, sequence, acknowledgment, flags, System.Text.Encoding.ASCII.GetBytes(text)));
        (fromClient ? s_client : s_server).CopyTo(packet, 12);
        (fromClient ? s_server : s_client).CopyTo(packet, 16);
        return SampleFrames.Ethernet(0x0800, packet);
    }
}
