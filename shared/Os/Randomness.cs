using NetTools.Libc;
using LibC = Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>Random bytes of the kernel, and functions that mix bits.</summary>
public static unsafe class Randomness
{
    private const ulong GoldenRatio = 0x9e3779b97f4a7c15;

    /// <summary>Eight bytes that cannot be guessed, getrandom(2).</summary>
    /// <remarks>.NET's RandomNumberGenerator would load OpenSSL at run time, which a static program must not.</remarks>
    public static ulong UInt64()
    {
        ulong value;
        // Up to 256 bytes come whole; a signal interrupts it only before the pool is seeded.
        long got;
        do
        {
            got = (long)Linux.getrandom(&value, sizeof(ulong), 0);
        }
        while (got < 0 && Errno.Last == LibC.EINTR);

        Errno.Check(got, "reading random bytes");
        return value;
    }

    /// <summary>
    /// Mixes a number: each bit of the input changes each bit of the output with a probability of about a half. Invertible, so
    /// different numbers stay different. MurmurHash3's 64-bit finalizer.
    /// </summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 33)) * 0xff51afd7ed558ccd;
        value = (value ^ (value >> 33)) * 0xc4ceb9fe1a85ec53;
        return value ^ (value >> 33);
    }

    /// <summary>The number at a place of a sequence that a key chooses: SplitMix64, by Steele, Lea and Flood (2014).</summary>
    /// <param name="key">The seed; <see cref="UInt64"/> where nobody may guess the sequence from its key.</param>
    /// <param name="place">From 0.</param>
    public static ulong SplitMix(ulong key, ulong place)
    {
        ulong z = key + (place * GoldenRatio);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
}

/// <summary>
/// A hash under a key of this run, for tables whose keys strangers choose: under another key other words collide. The state is
/// mixed with the key after every word, so that no set of words collides under all keys.
/// </summary>
/// <param name="key">Of <see cref="Randomness.UInt64"/>, once a run.</param>
public readonly struct KeyedHash(ulong key)
{
    /// <summary>The hash of three words; fewer are filled up with zeros.</summary>
    public ulong Of(ulong first, ulong second = 0, ulong third = 0) =>
        Randomness.Mix(Step(Step(Step(key, first), second), third));

    private ulong Step(ulong state, ulong word) =>
        Randomness.Mix(state ^ word) + System.Numerics.BitOperations.RotateLeft(state, 29) + key;
}
