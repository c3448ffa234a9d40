using Xunit;

namespace NetTools.Tests.Support;

/// <summary>Proof that a loop allocates nothing on the managed heap.</summary>
public static class Allocations
{
    private const int Rounds = 5;

    /// <summary>What this thread has allocated so far, in bytes.</summary>
    public static long Now => GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Fails when this thread allocates in every round of <paramref name="work"/>.</summary>
    /// <remarks>
    /// Under test the code is compiled as it runs, at first plainly and again when it has run often, and the compiler allocates
    /// on the thread that it serves. It does so in some round; the code itself would do so in each.
    /// </remarks>
    public static void AssertNone(Action work) => AssertNoneCounted(() =>
    {
        long before = Now;
        work();
        return Now - before;
    });

    /// <summary>
    /// Fails when no round of <paramref name="allocatedBy"/>, which returns the bytes it allocated, returns zero.
    /// </summary>
    public static void AssertNoneCounted(Func<long> allocatedBy)
    {
        List<long> rounds = [];
        do
        {
            rounds.Add(allocatedBy());
        }
        while (rounds[^1] != 0 && rounds.Count < Rounds);
        Assert.True(rounds[^1] == 0, $"each round allocated, in bytes: {string.Join(", ", rounds)}");
    }
}
