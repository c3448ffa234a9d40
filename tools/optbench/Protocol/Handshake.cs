using System.Buffers.Binary;

namespace NetTools.OptBench.Protocol;

/// <summary>
/// The two messages before a request: the client greets with a nonce, the server answers with one. They are as long as a request
/// and an answer, so that an end of an earlier version, which expects those, can say that the versions differ.
/// </summary>
internal static class Handshake
{
    /// <summary>Bytes of the client's greeting.</summary>
    public const int GreetingBytes = JobRequest.Size;

    /// <summary>Bytes of the server's challenge.</summary>
    public const int ChallengeBytes = JobAnswer.Size;

    /// <summary>Bytes of a request with its proof.</summary>
    public const int RequestBytes = JobRequest.Size + TokenProof.Size;

    private const uint ChallengeMagic = 0x4f505443; // OPTC
    private const int NonceAt = 32;

    /// <summary>Writes the greeting.</summary>
    /// <param name="to"><see cref="GreetingBytes"/> bytes.</param>
    /// <param name="nonce">The client's.</param>
    public static void WriteGreeting(Span<byte> to, ReadOnlySpan<byte> nonce)
    {
        to.Clear();
        JobRequest.WriteVersion(to);
        nonce.CopyTo(to[NonceAt..]);
    }

    /// <summary>Reads the greeting: <see cref="JobStatus.Accepted"/>, or what is wrong with it.</summary>
    public static JobStatus ReadGreeting(ReadOnlySpan<byte> from, Span<byte> nonce)
    {
        JobStatus status = from.Length == GreetingBytes ? JobRequest.ReadVersion(from) : JobStatus.BadRequest;
        if (status == JobStatus.Accepted)
        {
            from.Slice(NonceAt, TokenProof.NonceBytes).CopyTo(nonce);
        }

        return status;
    }

    /// <summary>Writes the challenge.</summary>
    /// <param name="to"><see cref="ChallengeBytes"/> bytes.</param>
    /// <param name="nonce">The server's.</param>
    public static void WriteChallenge(Span<byte> to, ReadOnlySpan<byte> nonce)
    {
        to.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(to, ChallengeMagic);
        nonce.CopyTo(to[NonceAt..]);
    }

    /// <summary>Reads the challenge; false for other bytes, which may be an answer.</summary>
    public static bool TryReadChallenge(ReadOnlySpan<byte> from, Span<byte> nonce)
    {
        if (from.Length != ChallengeBytes || BinaryPrimitives.ReadUInt32BigEndian(from) != ChallengeMagic)
        {
            return false;
        }

        from.Slice(NonceAt, TokenProof.NonceBytes).CopyTo(nonce);
        return true;
    }
}
