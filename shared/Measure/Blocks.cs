namespace NetTools.Measure;

/// <summary>
/// Randomised blocks: every arm is measured once in each block, in a new random order, so that a slow minute of the
/// machine falls on all arms alike and no arm always follows the same neighbour.
/// </summary>
public static class Blocks
{
    /// <summary>Measures all arms in turn. What was complete when a stop was asked for is returned.</summary>
    /// <param name="arms">How many arms there are; at least 1.</param>
    /// <param name="blocks">How many times each is measured; at least 1.</param>
    /// <param name="random">Orders the arms; give a seed to repeat an order.</param>
    /// <param name="measure">Measures an arm once (arm, block). Block -1 is the warm-up: its result is thrown away.</param>
    /// <param name="stop">Asked before each measurement; null never stops.</param>
    /// <returns>For each arm its samples in order of blocks. After a stop the arms may differ by one in length.</returns>
    public static double[][] Run(int arms, int blocks, Random random, Func<int, int, double> measure, Func<bool>? stop = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(arms, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        List<double>[] samples = [.. Enumerable.Range(0, arms).Select(_ => new List<double>(blocks))];
        int[] order = [.. Enumerable.Range(0, arms)];
        for (int block = -1; block < blocks; block++)
        {
            random.Shuffle(order);
            foreach (int arm in order)
            {
                if (stop?.Invoke() == true)
                {
                    return Arrays(samples);
                }

                double sample = measure(arm, block);
                if (block >= 0)
                {
                    samples[arm].Add(sample);
                }
            }
        }

        return Arrays(samples);
    }

    private static double[][] Arrays(List<double>[] samples) => [.. samples.Select(list => list.ToArray())];
}
