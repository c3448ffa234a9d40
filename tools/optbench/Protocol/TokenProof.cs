using System.Security.Cryptography;
using System.Text;
using NetTools.Os;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Macs;
using Org.BouncyCastle.Crypto.Parameters;

namespace NetTools.OptBench.Protocol;

/// <summary>
/// Proves that a client knows the token without sending it: HMAC-SHA256 (RFC 2104) with the token as key, over a fresh nonce of
/// each end and the request that the proof goes with. A proof seen on the wire is worth nothing on another connection, and the
/// request cannot be changed under it.
/// </summary>
internal static class TokenProof
{
    /// <summary>Bytes of a proof.</summary>
    public const int Size = 32;

    /// <summary>Bytes of a nonce.</summary>
    public const int NonceBytes = 32;

    /// <summary>Fills a nonce from getrandom(2).</summary>
    public static void FillNonce(Span<byte> nonce)
    {
        for (int i = 0; i < nonce.Length; i += sizeof(ulong))
        {
            BitConverter.TryWriteBytes(nonce[i..], Randomness.UInt64());
        }
    }

    /// <summary>Computes a proof.</summary>
    /// <param name="token">The shared secret; empty where none is asked for.</param>
    /// <param name="clientNonce"><see cref="NonceBytes"/> bytes.</param>
    /// <param name="serverNonce"><see cref="NonceBytes"/> bytes.</param>
    /// <param name="message">What the proof goes with.</param>
    /// <param name="proof">Receives <see cref="Size"/> bytes.</param>
    public static void Write(string token, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce,
        ReadOnlySpan<byte> message, Span<byte> proof)
    {
        HMac mac = new(new Sha256Digest());
        mac.Init(new KeyParameter(Encoding.UTF8.GetBytes(token)));
        mac.BlockUpdate("optbench request"u8);
        mac.BlockUpdate(clientNonce);
        mac.BlockUpdate(serverNonce);
        mac.BlockUpdate(message);
        mac.DoFinal(proof);
    }

    /// <summary>Checks a proof in a time that does not depend on where it differs.</summary>
    /// <inheritdoc cref="Write"/>
    public static bool Holds(string token, ReadOnlySpan<byte> clientNonce, ReadOnlySpan<byte> serverNonce,
        ReadOnlySpan<byte> message, ReadOnlySpan<byte> proof)
    {
        Span<byte> expected = stackalloc byte[Size];
        Write(token, clientNonce, serverNonce, message, expected);
        return CryptographicOperations.FixedTimeEquals(expected, proof);
    }
}
