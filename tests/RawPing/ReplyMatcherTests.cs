using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Report;
using NetTools.RawPing.Wire;
using NetTools.Tests.Support;
using Xunit;
using EchoAnswer = NetTools.Tests.RawPing.Answer;

namespace NetTools.Tests.RawPing;

public sealed class ReplyMatcherTests : IDisposable
{
    private const ushort Id = 0x1234;
    private static readonly HostAddress s_target = HostAddress.FromBytes([10, 0, 0, 2]);
    private static readonly HostAddress s_other = HostAddress.FromBytes([10, 0, 0, 3]);
    private static readonly HostAddress s_us = HostAddress.FromBytes([10, 0, 0, 1]);

    private readonly ProbeTable _probes = new();
    private readonly EchoPayload _payload = new(56, pattern: null);
    private readonly ReplyMatcher _matcher;

    public ReplyMatcherTests() => _matcher = new ReplyMatcher(_probes, _payload, [new Target("t", s_target)], Id);

    public void Dispose() => _probes.Dispose();

    [Fact]
    public void The_answer_counts_once_and_then_it_is_a_duplicate()
    {
        Send(1);
        Assert.Equal((Verdict.Reply, 1UL), Judge(Answer(1)));
        _probes.Settle(ref _probes[1], ProbeState.Answered);
        Assert.Equal(Verdict.Duplicate, Judge(Answer(1)).Verdict);
    }

    [Fact]
    public void An_answer_after_its_time_is_late()
    {
        Send(2);
        _probes.Expire(long.MaxValue - 1);
        Assert.Equal((Verdict.Late, 2UL), Judge(Answer(2)));
        Assert.Equal(0, _probes.Waiting);
    }

    [Fact]
    public void A_forged_answer_is_refused_for_what_is_wrong_with_it()
    {
        Send(3);
        Assert.Equal(Verdict.WrongSource, Judge(Answer(1), s_other).Verdict);
        Assert.Equal(Verdict.NotOurs, Judge(Answer(1, id: 0x4321)).Verdict);
        Assert.Equal(Verdict.NeverSent, Judge(Answer(4, nonceOf: 4)).Verdict); // from the future
        Assert.Equal(Verdict.WrongNonce, Judge(Answer(1, nonceOf: 2)).Verdict); // another probe's answer, renumbered
        Assert.Equal(Verdict.WrongNonce, Judge(Forged(1)).Verdict);
        Assert.Equal(Verdict.NotOurs, Judge(Answer(1)[..7]).Verdict);
        Assert.Equal(Verdict.WrongLength, Judge(Resealed(Answer(1)[..40])).Verdict);
        Assert.Equal(Verdict.WrongLength, Judge(Resealed(Answer(1)[..12])).Verdict);
        Assert.Equal(Verdict.WrongLength, _matcher.Judge(Answer(1), s_target, truncated: true, out _));
        Assert.Equal(Verdict.WrongLength, Judge(Resealed([.. Answer(1), 0, 0])).Verdict);

        byte[] flipped = Answer(1);
        flipped[50] ^= 1;
        Assert.Equal(Verdict.BadChecksum, Judge(flipped).Verdict);
        Assert.Equal(Verdict.WrongData, Judge(Resealed(flipped)).Verdict);
        Assert.Equal(3, _probes.Waiting);
    }

    [Fact]
    public void Our_own_request_seen_on_lo_is_not_an_answer()
    {
        Send(1);
        byte[] request = Answer(1);
        IcmpHeader.Write(request, IcmpType.EchoRequest, 0, Id, 1);
        Assert.Equal(Verdict.NotOurs, Judge(request).Verdict);
    }

    [Fact]
    public void An_answer_from_65536_probes_ago_does_not_pass_for_the_new_one()
    {
        Send(1);
        byte[] old = Answer(1);
        Send(65536);
        Assert.Equal(65537UL, _probes[1].Number);
        Assert.Equal(Verdict.WrongNonce, Judge(old).Verdict);
        Assert.Equal((Verdict.Reply, 65537UL), Judge(Answer(1, nonceOf: 65537)));
        Assert.Equal(ProbeTable.Size, _probes.Waiting);
    }

    [Fact]
    public void An_error_is_ours_when_it_quotes_our_probe()
    {
        Send(2);
        Assert.Equal((Verdict.Error, 2UL), Judge(Error(IcmpType.TimeExceeded, 2, s_target), s_other));
        Assert.Equal(Verdict.NotOurs, Judge(Error(IcmpType.TimeExceeded, 2, s_other), s_other).Verdict);
        Assert.Equal(Verdict.NotOurs, Judge(Error(IcmpType.TimeExceeded, 3, s_target), s_other).Verdict);
        byte[] broken = Error(IcmpType.TimeExceeded, 2, s_target);
        broken[^1] ^= 1;
        Assert.Equal(Verdict.NotOurs, Judge(broken, s_other).Verdict);
    }

    [Fact]
    public void An_error_from_the_queue_is_ours_when_it_quotes_our_probe()
    {
        Send(2);
        byte[] quoted = Answer(2);
        quoted[0] = IcmpType.EchoRequest;
        Assert.Equal(Verdict.Error, _matcher.JudgeQueued(quoted, s_target, out ulong number));
        Assert.Equal(2UL, number);
        Assert.Equal(Verdict.Error, _matcher.JudgeQueued(quoted.AsSpan(0, 8), s_target, out _)); // all that RFC 792 asks to quote
        Assert.Equal(Verdict.NotOurs, _matcher.JudgeQueued(quoted.AsSpan(0, 7), s_target, out _));
        Assert.Equal(Verdict.NotOurs, _matcher.JudgeQueued(quoted, s_other, out _));
        Assert.Equal(Verdict.NotOurs, _matcher.JudgeQueued(quoted, default, out _));
        quoted[8] ^= 1; // the nonce
        Assert.Equal(Verdict.NotOurs, _matcher.JudgeQueued(quoted, s_target, out number));
        Assert.Equal(0UL, number);
    }

    [Theory]
    [InlineData(false, IcmpType.DestinationUnreachable, 4, 1400, "Frag needed and DF set (mtu = 1400)")]
    [InlineData(false, IcmpType.TimeExceeded, 0, 0, "Time to live exceeded")]
    [InlineData(false, IcmpType.ParameterProblem, 0, 20, "Parameter problem: pointer = 20")]
    [InlineData(true, Icmpv6Type.PacketTooBig, 0, 1280, "Packet too big: mtu=1280")]
    [InlineData(true, Icmpv6Type.ParameterProblem, 1, 40, "Parameter problem: Unknown header at 40")]
    public void An_error_from_the_queue_reads_as_the_one_on_the_wire(bool v6, byte type, byte code, uint info, string text)
    {
        byte[] message = new byte[8];
        QueuedError.WriteHeader(message, v6, type, code, info);
        Assert.True(IcmpHeader.TryRead(message, out IcmpHeader icmp));
        Assert.Equal(text, ErrorText.Describe(icmp, v6));
    }

    [Fact]
    public void Tiny_payloads_carry_what_fits_of_the_nonce()
    {
        for (int size = 0; size <= 8; size++)
        {
            EchoPayload payload = new(size, pattern: null);
            ReplyMatcher matcher = new(_probes, payload, [new Target("t", s_target)], Id);
            Send(1);
            byte[] answer = new byte[IcmpHeader.Length + size];
            payload.WritePattern(answer.AsSpan(IcmpHeader.Length));
            payload.WriteNonce(answer.AsSpan(IcmpHeader.Length), _probes.Newest);
            IcmpHeader.Write(answer, IcmpType.EchoReply, 0, Id, (ushort)_probes.Newest);
            Assert.Equal(Verdict.Reply, matcher.Judge(answer, s_target, false, out _));
            if (size > 0)
            {
                answer[^1] ^= 0x10;
                IcmpHeader.Write(answer, IcmpType.EchoReply, 0, Id, (ushort)_probes.Newest);
                Assert.Equal(Verdict.WrongNonce, matcher.Judge(answer, s_target, false, out _));
            }
        }
    }

    [Fact]
    public void Mutated_answers_make_no_false_reply() => Seeded.Run(random =>
    {
        Send(1000);
        for (int i = 0; i < 200_000; i++)
        {
            ushort sequence = (ushort)random.Int(1, 1000);
            byte[] good = Answer(sequence);
            byte[] answer = random.Bool(0.2f) ? good : MutatedReply.Of(random, good);
            HostAddress source = random.Bool(0.1f) ? s_other : s_target;
            Verdict verdict = _matcher.Judge(answer, source, random.Bool(0.05f), out ulong number);
            if (verdict is Verdict.Reply or Verdict.Duplicate or Verdict.Late)
            {
                // Only an undamaged answer may count.
                Assert.Equal(good, answer);
                Assert.Equal(sequence, number);
                Assert.Equal(s_target, source);
            }
        }
    });

    private void Send(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _probes.Add(0, (uint)_probes.Newest + 1, now: (long)_probes.Newest, realtime: 0);
        }
    }

    private (Verdict Verdict, ulong Number) Judge(byte[] message, HostAddress? source = null)
    {
        Verdict verdict = _matcher.Judge(message, source ?? s_target, truncated: false, out ulong number);
        return (verdict, number);
    }

    private byte[] Answer(ushort sequence, ushort id = Id, ulong? nonceOf = null)
    {
        byte[] message = new byte[64];
        _payload.WritePattern(message.AsSpan(IcmpHeader.Length));
        _payload.WriteNonce(message.AsSpan(IcmpHeader.Length), nonceOf ?? sequence);
        IcmpHeader.Write(message, IcmpType.EchoReply, 0, id, sequence);
        return message;
    }

    private static byte[] Forged(ushort sequence)
    {
        byte[] message = new byte[64];
        IcmpHeader.Write(message, IcmpType.EchoReply, 0, Id, sequence);
        return message;
    }

    private static byte[] Resealed(byte[] message) => EchoAnswer.Seal([.. message]);

    private byte[] Error(byte type, ushort sequence, HostAddress destination)
    {
        byte[] request = new byte[64];
        _payload.WritePattern(request.AsSpan(IcmpHeader.Length));
        _payload.WriteNonce(request.AsSpan(IcmpHeader.Length), sequence);
        IcmpHeader.Write(request, IcmpType.EchoRequest, 0, Id, sequence);
        byte[] error = new byte[8 + 20 + 64];
        request.CopyTo(error, 28);
        IPv4Header.Write(error.AsSpan(8), new IPv4Fields
        {
            TotalLength = 84,
            Protocol = 1,
            Source = s_us.ToBytes(),
            Destination = destination.ToBytes(),
        });
        IcmpHeader.Write(error, type, 0, 0, 0);
        return error;
    }
}
