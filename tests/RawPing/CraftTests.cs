using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.DryRun;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Wire;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Packets of the user's own making, before they are sent.</summary>
public class CraftTests
{
    private const ushort Id = 0x1234;
    private static readonly HostAddress s_target = new(0x0a000002, IsV6: false);

    [Theory]
    [InlineData("nop", "01000000")]
    [InlineData("nop,nop,0x8203", "01018203")]
    [InlineData("tsprespec=10.0.0.1/10.0.0.2", "441405030a000001000000000a00000200000000")]
    public void Option_lists_are_read(string list, string bytes) =>
        Assert.Equal(bytes, Convert.ToHexStringLower(IpOptionsWriter.Read(list)));

    [Theory]
    [InlineData("rr", 40)]
    [InlineData("tsonly", 40)]
    [InlineData("tsandaddr", 36)]
    public void Options_fill_whole_words(string list, int length) => Assert.Equal(length, IpOptionsWriter.Read(list).Length);

    [Theory]
    [InlineData("rr,tsonly")] // more than 40 bytes
    [InlineData("")]
    [InlineData("0x")]
    [InlineData("0x123")]
    [InlineData("0xzz")]
    [InlineData("tsprespec=")]
    [InlineData("tsprespec=1.2.3.4/1.2.3.4/1.2.3.4/1.2.3.4/1.2.3.4")]
    [InlineData("tsprespec=::1")]
    public void What_is_not_an_option_is_refused(string list) =>
        Assert.Throws<OperationFailedException>(() => IpOptionsWriter.Read(list));

    [Theory]
    [InlineData("echo", false, 8)]
    [InlineData("echo", true, 128)]
    [InlineData("timestamp", false, 13)]
    [InlineData("mask", false, 17)]
    [InlineData("255", true, 255)]
    public void Types_are_read(string text, bool v6, byte type) => Assert.Equal(type, RequestKind.ReadType(text, v6));

    [Theory]
    [InlineData("timestamp", true)]
    [InlineData("256", false)]
    [InlineData("pong", false)]
    public void What_is_not_a_type_is_refused(string text, bool v6) =>
        Assert.Throws<OperationFailedException>(() => RequestKind.ReadType(text, v6));

    [Fact]
    public void A_payload_is_a_file_or_a_repeated_pattern()
    {
        using TempFolder folder = new();
        string file = folder.File("data");
        File.WriteAllBytes(file, [1, 2, 3, 4, 5]);
        Assert.Equal([1, 2, 3, 4, 5], PayloadReader.Read(file, null, 100));
        Assert.Equal([1, 2], PayloadReader.Read(file, 2, 100));
        Assert.Equal([0xab, 0xcd, 0xab], PayloadReader.Read("0xabCD", 3, 100));
        Assert.Equal([0xab, 0xcd], PayloadReader.Read("0xabcd", null, 100));
        Assert.Equal(100, PayloadReader.Read("/dev/zero", 100, 1000).Length);
        Assert.ThrowsAny<OperationFailedException>(() => PayloadReader.Read("/dev/zero", null, 1000));
        Assert.ThrowsAny<OperationFailedException>(() => PayloadReader.Read(file, null, 4));
        Assert.ThrowsAny<OperationFailedException>(() => PayloadReader.Read("0xabc", null, 100));
        Assert.ThrowsAny<OperationFailedException>(() => PayloadReader.Read(folder.File("none"), null, 100));
    }

    [Fact]
    public void All_data_can_be_the_users()
    {
        EchoPayload payload = new(4, [1, 2, 3, 4], hasNonce: false);
        byte[] data = new byte[4];
        payload.WritePattern(data);
        payload.WriteNonce(data, 77);
        Assert.Equal([1, 2, 3, 4], data);
        Assert.True(payload.HasNonce(data, 78));
        Assert.Equal(-1, payload.FirstDifference(data));
        Assert.Equal(2, payload.FirstDifference([1, 2, 9, 4]));
    }

    [Theory]
    [InlineData(null, false, false)]
    [InlineData(null, true, true)]
    [InlineData("timestamp", true, false)]
    [InlineData("mask", false, false)]
    [InlineData("42", false, true)]
    public void Every_byte_of_a_packet_has_a_name(string? type, bool header, bool v6)
    {
        PingSettings settings = new()
        {
            Targets = [new Target("t", v6 ? new HostAddress(UInt128.One, IsV6: true) : s_target)],
            IcmpType = type,
            HeaderIncluded = header,
            IpOptions = v6 ? [] : IpOptionsWriter.Read("rr"),
        };
        byte[] packet = PacketDump.FirstRequest(settings, settings.Targets[0]);
        int at = 0;
        foreach (PacketField field in PacketDump.Fields(packet, settings, v6))
        {
            Assert.Equal(at, field.Offset);
            Assert.True(field.Length > 0);
            at += field.Length;
        }

        Assert.Equal(packet.Length, at);
    }

    [Fact]
    public void A_timestamp_reply_has_to_carry_our_time()
    {
        RequestKind kind = new(IcmpType.TimestampRequest, 0, IsV6: false);
        TimestampBody body = new();
        using ProbeTable probes = new();
        ReplyMatcher matcher = new(probes, body, [new Target("t", s_target)], Id, kind);
        probes.Add(0, 1, 0, 0);
        byte[] message = new byte[20];
        body.WriteNonce(message.AsSpan(8), 1);
        message[15] = 7; // the receive timestamp is the host's own
        Assert.Equal(Verdict.Reply, Judge(matcher, message, IcmpType.TimestampReply));
        Assert.Equal(7u, RemoteAnswer.Read(message)!.Value.Receive);
        Assert.Equal(Verdict.NotOurs, Judge(matcher, message, IcmpType.EchoReply));
        message[11] ^= 1;
        Assert.Equal(Verdict.WrongNonce, Judge(matcher, message, IcmpType.TimestampReply));
        message[11] ^= 1;
        Assert.Equal(Verdict.WrongLength, Judge(matcher, message[..16], IcmpType.TimestampReply));
        Assert.Equal(Verdict.WrongLength, Judge(matcher, [.. message, 0, 0], IcmpType.TimestampReply));
    }

    [Fact]
    public void A_mask_reply_fills_in_the_mask()
    {
        RequestKind kind = new(IcmpType.MaskRequest, 0, IsV6: false);
        using ProbeTable probes = new();
        ReplyMatcher matcher = new(probes, new MaskBody(), [new Target("t", s_target)], Id, kind);
        probes.Add(0, 1, 0, 0);
        byte[] message = [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 0];
        Assert.Equal(Verdict.Reply, Judge(matcher, message, IcmpType.MaskReply));
        Assert.Equal(new RemoteAnswer(0xffffff00, 0, 0, IsMask: true), RemoteAnswer.Read(message));
        Assert.Equal(Verdict.WrongLength, Judge(matcher, message[..8], IcmpType.MaskReply));
    }

    [Fact]
    public void Nothing_answers_a_type_without_answer()
    {
        using ProbeTable probes = new();
        ReplyMatcher matcher = new(
            probes, new EchoPayload(8, null), [new Target("t", s_target)], Id, new RequestKind(42, 0, IsV6: false));
        probes.Add(0, 1, 0, 0);
        for (int type = 0; type < 256; type++)
        {
            Assert.Equal(Verdict.NotOurs, Judge(matcher, new byte[16], (byte)type));
        }
    }

    private static Verdict Judge(ReplyMatcher matcher, byte[] message, byte type)
    {
        IcmpHeader.Write(message, type, 0, Id, 1);
        return matcher.Judge(message, s_target, truncated: false, out _);
    }
}
