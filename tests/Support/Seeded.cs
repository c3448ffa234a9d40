using Bogus;
using Xunit.Sdk;

namespace NetTools.Tests.Support;

/// <summary>Random tests that can be repeated: the seed of a failure is printed, and NETTOOLS_SEED sets it.</summary>
public static class Seeded
{
    /// <summary>Runs a test with a randomizer of its own.</summary>
    /// <param name="test">The test.</param>
    /// <param name="seed">A seed to hold on to; a new one each time otherwise.</param>
    public static void Run(Action<Randomizer> test, int? seed = null)
    {
        int chosen = Choose(seed);
        try
        {
            test(new Randomizer(chosen));
        }
        catch (Exception e)
        {
            throw Explain(chosen, e);
        }
    }

    /// <inheritdoc cref="Run(Action{Randomizer}, int?)"/>
    public static async Task RunAsync(Func<Randomizer, Task> test, int? seed = null)
    {
        int chosen = Choose(seed);
        try
        {
            await test(new Randomizer(chosen));
        }
        catch (Exception e)
        {
            throw Explain(chosen, e);
        }
    }

    private static int Choose(int? seed) =>
        int.TryParse(Environment.GetEnvironmentVariable("NETTOOLS_SEED"), out int set) ? set : seed ?? Random.Shared.Next();

    private static XunitException Explain(int seed, Exception e) =>
        new($"with seed {seed} (repeat it with NETTOOLS_SEED={seed}): {e.Message}", e);
}
