using System.Buffers.Binary;
using NetTools.Os;
using NetTools.RawPing.Probing;

namespace NetTools.RawPing.Wire;

/// <summary>
/// The data of echo requests: a nonce that only this run and this probe have, then a pattern. Nothing in it is ever used for
/// arithmetic, only compared: times live in <see cref="ProbeTable"/>.
/// </summary>
internal sealed class EchoPayload : RequestBody
{
    /// <summary>The bytes of a whole nonce; shorter payloads carry its beginning.</summary>
    private const int WholeNonce = 8;

    private readonly ulong _key;
    private readonly byte[] _pattern;

    /// <param name="length">Bytes of data, 0 to 65527.</param>
    /// <param name="pattern">Repeated over the data; null counts up as ping does.</param>
    /// <param name="key">The run's secret; random unless a test sets it.</param>
    /// <param name="hasNonce">False when the data is the user's to the last byte.</param>
    public EchoPayload(int length, byte[]? pattern, ulong? key = null, bool hasNonce = true)
    {
        NonceLength = hasNonce ? Math.Min(WholeNonce, length) : 0;
        _key = key ?? Randomness.UInt64();
        _pattern = new byte[length];
        for (int i = 0; i < length; i++)
        {
            _pattern[i] = pattern is null ? (byte)i : pattern[i % pattern.Length];
        }
    }

    public override int Length => _pattern.Length;

    public override int NonceLength { get; }

    public override void WritePattern(Span<byte> data) => _pattern.CopyTo(data);

    /// <param name="data">Exactly <see cref="Length"/> bytes.</param>
    /// <param name="number">The probe's number in the run, which never wraps: a reply 65,536 probes late does not fit.</param>
    public override void WriteNonce(Span<byte> data, ulong number)
    {
        if (NonceLength == WholeNonce)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data, Nonce(number));
        }
        else
        {
            Span<byte> nonce = stackalloc byte[WholeNonce];
            BinaryPrimitives.WriteUInt64BigEndian(nonce, Nonce(number));
            nonce[..NonceLength].CopyTo(data);
        }
    }

    public override bool HasNonce(ReadOnlySpan<byte> data, ulong number)
    {
        if (data.Length < NonceLength)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[WholeNonce];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, Nonce(number));
        return data[..NonceLength].SequenceEqual(nonce[..NonceLength]);
    }

    public override int FirstDifference(ReadOnlySpan<byte> data)
    {
        int skip = Math.Min(NonceLength, data.Length);
        ReadOnlySpan<byte> sent = _pattern.AsSpan(skip);
        int common = sent.CommonPrefixLength(data[skip..]);
        return common == sent.Length && data.Length == Length ? -1 : skip + common;
    }

    // Each probe's nonce differs in about half its bits from the next one's.
    private ulong Nonce(ulong number) => Randomness.SplitMix(_key, number);
}
