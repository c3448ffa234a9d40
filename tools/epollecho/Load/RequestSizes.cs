using NetTools.Os;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// Bytes of each request: always the same, or any number of a range with the same chance. The size follows from the request's
/// number alone, so that nothing has to be kept to check the answer.
/// </summary>
/// <param name="Least">Bytes of the smallest.</param>
/// <param name="Most">Bytes of the largest.</param>
/// <param name="Seed">The same seed, the same sizes.</param>
internal readonly record struct RequestSizes(int Least, int Most, ulong Seed)
{
    /// <summary>All are of one size.</summary>
    public bool AreEqual => Least == Most;

    /// <summary>The bytes of a request.</summary>
    /// <param name="stream">The connection, or the socket.</param>
    /// <param name="number">The request on it, from 0.</param>
    public int Of(long stream, long number) => AreEqual ? Least
        : Least + (int)Math.BigMul(Mix(Mix(Seed + (ulong)stream) + (ulong)number), (ulong)(Most - Least + 1), out _);

    /// <summary>The sizes of another sequence, just as random.</summary>
    public RequestSizes Of(int process) => process == 0 ? this : this with { Seed = Mix(Seed + (ulong)process) };

    /// <inheritdoc/>
    public override string ToString() => AreEqual ? $"{Least}" : $"{Least}-{Most}";

    private static ulong Mix(ulong value) => Randomness.SplitMix(value, 1);
}
