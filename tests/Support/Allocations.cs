using Xunit;

namespace NetTools.Tests.Support;

/// <summary>Proof that a loop allocates nothing on the managed heap.</summary>
public static class Allocations
{
    // Under test the code is compiled as it runs, and the compiler may allocate a little, once, on the thread that it serves.
    // One object for each event would be 24 bytes, times a hundred events or more.
    private const long CompilerBytes = 1023;

    /// <summary>What this thread has allocated so far, in bytes.</summary>
    public static long Now => GC.GetAllocatedBytesForCurrentThread();

    /// <summary>Fails when this thread has allocated since <paramref name="before"/>, a value of <see cref="Now"/>.</summary>
    public static void AssertNoneSince(long before) => AssertNone(Now - before);

    /// <summary>Fails when <paramref name="bytes"/> were allocated.</summary>
    public static void AssertNone(long bytes) => Assert.InRange(bytes, 0, CompilerBytes);
}
