using System.Buffers.Binary;
using NetTools.Libc;

namespace NetTools.RawPing;

/// <summary>
/// The data of echo requests: a nonce that only this run and this probe have, then a pattern. Nothing in it is ever used for
/// arithmetic, only compared: times live in <see cref="ProbeTable"/>.
/// </summary>
internal sealed class EchoPayload
{
    /// <summary>The bytes of a whole nonce; shorter payloads carry its beginning.</summary>
    public const int NonceLength = 8;

    private readonly ulong _key;
    private readonly byte[] _pattern;

    /// <param name="length">Bytes of data, 0 to 65527.</param>
    /// <param name="pattern">Repeated over the data; null counts up as ping does.</param>
    /// <param name="key">The run's secret; random unless a test sets it.</param>
    public EchoPayload(int length, byte[]? pattern, ulong? key = null)
    {
        _key = key ?? Linux.RandomUInt64();
        _pattern = new byte[length];
        for (int i = 0; i < length; i++)
        {
            _pattern[i] = pattern is null ? (byte)i : pattern[i % pattern.Length];
        }
    }

    public int Length => _pattern.Length;

    /// <summary>Writes the data of a probe.</summary>
    /// <param name="data">Exactly <see cref="Length"/> bytes.</param>
    /// <param name="number">The probe's number in the run, which never wraps: a reply 65,536 probes late does not fit.</param>
    public void Write(Span<byte> data, ulong number)
    {
        _pattern.CopyTo(data);
        WriteNonce(data, number);
    }

    /// <summary>Writes the nonce alone, over data that already holds the pattern.</summary>
    public void WriteNonce(Span<byte> data, ulong number)
    {
        if (data.Length >= NonceLength)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data, Nonce(number));
        }
        else
        {
            Span<byte> nonce = stackalloc byte[NonceLength];
            BinaryPrimitives.WriteUInt64BigEndian(nonce, Nonce(number));
            nonce[..data.Length].CopyTo(data);
        }
    }

    /// <summary>True when as much of the nonce as was sent came back.</summary>
    public bool HasNonce(ReadOnlySpan<byte> data, ulong number)
    {
        int length = Math.Min(NonceLength, Length);
        if (data.Length < length)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceLength];
        BinaryPrimitives.WriteUInt64BigEndian(nonce, Nonce(number));
        return data[..length].SequenceEqual(nonce[..length]);
    }

    /// <summary>Where the data after the nonce first differs from what was sent, or -1.</summary>
    public int FirstDifference(ReadOnlySpan<byte> data)
    {
        int skip = Math.Min(NonceLength, Math.Min(Length, data.Length));
        ReadOnlySpan<byte> sent = _pattern.AsSpan(skip);
        int common = sent.CommonPrefixLength(data[skip..]);
        return common == sent.Length && data.Length == Length ? -1 : skip + common;
    }

    // The finalizer of splitmix64: every probe's nonce differs in about half its bits from the next one's.
    private ulong Nonce(ulong number)
    {
        ulong z = _key + number * 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}
