using NetTools.OptBench.Protocol;
using NetTools.Sockets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.OptBench;

public class ProtocolTests
{
    private static readonly JobRequest s_request = new(JobKind.Echo, 2, 1, 1L << 40, 5000)
    {
        RearmQuickAck = true,
        Options = [new(SocketOption.NoDelay, 1), new(SocketOption.ReceiveBuffer, 4096)],
        Congestion = "cubic",
        Job = ulong.MaxValue - 2,
    };

    [Fact]
    public void A_request_is_read_as_written()
    {
        byte[] bytes = new byte[JobRequest.Size];
        s_request.Write(bytes);
        Assert.Equal(JobStatus.Accepted, JobRequest.TryRead(bytes, out JobRequest? read));
        Assert.NotNull(read);
        Assert.Equal(s_request.Options, read.Options);
        Assert.Equal(s_request with { Options = [] }, read with { Options = [] });
    }

    [Fact]
    public void An_answer_is_read_as_written()
    {
        JobAnswer answer = new(JobStatus.OptionRefused, 22, 1L << 40, 77)
        {
            Effective = [8192, -1, 0, 5],
            Congestion = "bbr",
            Job = ulong.MaxValue - 1
        };
        byte[] bytes = new byte[JobAnswer.Size];
        answer.Write(bytes);
        JobAnswer? read = JobAnswer.TryRead(bytes);
        Assert.NotNull(read);
        Assert.Equal(answer.Effective, read.Effective);
        Assert.Equal(answer with { Effective = [] }, read with { Effective = [] });
    }

    [Fact]
    public void A_report_is_read_as_written_and_nothing_else() => Seeded.Run(random =>
    {
        TcpInfo Any() => new(random.UInt(), random.UInt(), random.UInt(), random.UInt(), random.UInt(), random.ULong(),
            random.Number(15), random.Number(15),
            random.UInt(), random.UInt(), random.UInt(), random.UInt(), random.UInt(), random.UInt(), random.ULong(),
            random.ULong(), random.ULong(), random.ULong(), random.ULong());
        JobReport report = new(random.Long(0), random.Long(0), Any(), Any());
        byte[] bytes = new byte[JobReport.Size];
        report.Write(bytes);
        Assert.Equal(report, JobReport.TryRead(bytes));
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Null(JobReport.TryRead(bytes.AsSpan(0, length)));
        }

        for (int i = 0; i < 10_000; i++)
        {
            JobReport? read = JobReport.TryRead([.. bytes[..4], .. random.Bytes(JobReport.Size - 4)]);
            Assert.True(read is null || (read.Bytes >= 0 && read.CpuNs >= 0 && read.After.SendWindowScale is >= 0 and < 16));
        }
    });

    [Fact]
    public void A_proof_holds_for_its_token_nonces_and_request_alone()
    {
        // RFC 4231 has no vector of this shape; python3: hmac.new(b"Jefe", b"optbench request" + bytes([1])*32 + bytes([2])*32 +
        // bytes([3])*128, "sha256")
        byte[] client = [.. Enumerable.Repeat((byte)1, 32)], server = [.. Enumerable.Repeat((byte)2, 32)],
        request = [.. Enumerable.Repeat((byte)3, 128)];
        byte[] proof = new byte[TokenProof.Size];
        TokenProof.Write("Jefe", client, server, request, proof);
        Assert.Equal("92c184762f6ddcbf998751f93409743c0af21f6676d4e09ca9189fe5db2cf498", Convert.ToHexStringLower(proof));
        Assert.True(TokenProof.Holds("Jefe", client, server, request, proof));
        Assert.False(TokenProof.Holds("jefe", client, server, request, proof));
        foreach (byte[] part in (byte[][])[client, server, request, proof])
        {
            part[5] ^= 1;
            Assert.False(TokenProof.Holds("Jefe", client, server, request, proof));
            part[5] ^= 1;
        }
    }

    [Fact]
    public void Nonces_differ()
    {
        byte[] one = new byte[TokenProof.NonceBytes], two = new byte[TokenProof.NonceBytes];
        TokenProof.FillNonce(one);
        TokenProof.FillNonce(two);
        Assert.NotEqual(one, two);
        Assert.Equal(4, one.Chunk(8).Select(Convert.ToHexString).Distinct().Count());
    }

    [Fact]
    public void Another_version_is_told_apart()
    {
        byte[] bytes = new byte[JobRequest.Size];
        s_request.Write(bytes);
        bytes[4]++;
        Assert.Equal(JobStatus.WrongVersion, JobRequest.TryRead(bytes, out _));
    }

    [Fact]
    public void Cut_messages_are_refused()
    {
        byte[] bytes = new byte[JobRequest.Size];
        s_request.Write(bytes);
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(JobStatus.BadRequest, JobRequest.TryRead(bytes.AsSpan(0, length), out _));
            Assert.Null(JobAnswer.TryRead(bytes.AsSpan(0, Math.Min(length, JobAnswer.Size - 1))));
        }
    }

    [Fact]
    public void Hostile_bytes_yield_nothing_out_of_bounds() => Seeded.Run(random =>
    {
        byte[] bytes = new byte[JobRequest.Size];
        byte[] answer = new byte[JobAnswer.Size];
        for (int i = 0; i < 100_000; i++)
        {
            s_request.Write(bytes);
            new JobAnswer(JobStatus.Accepted, 0, 1, 1).Write(answer);
            for (int flip = random.Number(1, 8); flip > 0; flip--)
            {
                bytes[random.Number(JobRequest.Size - 1)] ^= (byte)(1 << random.Number(7));
                answer[random.Number(JobAnswer.Size - 1)] ^= (byte)(1 << random.Number(7));
            }

            if (JobRequest.TryRead(bytes, out JobRequest? read) == JobStatus.Accepted)
            {
                Assert.InRange(read!.RequestBytes, 1, JobRequest.MaximumMessage);
                Assert.InRange(read.ReplyBytes, 1, JobRequest.MaximumMessage);
                Assert.InRange(read.LimitBytes, 0, long.MaxValue);
                Assert.InRange(read.LimitMs, 1, int.MaxValue);
                Assert.InRange(read.Options.Count, 0, JobRequest.MaximumOptions);
                Assert.All(read.Congestion, c => Assert.True(char.IsAsciiLetterOrDigit(c) || c is '_' or '-'));
            }
            else
            {
                Assert.Null(read);
            }

            string? congestion = JobAnswer.TryRead(answer)?.Congestion;
            Assert.All(congestion ?? "", c => Assert.True(char.IsAsciiLetterOrDigit(c) || c is '_' or '-'));
        }
    });
}
