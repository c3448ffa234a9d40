namespace NetTools.Measure;

/// <summary>
/// Randomised blocks: every arm is measured once in each block, in a new random order, so that a slow minute of the machine falls
/// on all arms alike and no arm always follows the same neighbour.
/// </summary>
public static class Blocks
{
    /// <summary>Measures all arms in turn. On a stop, returns what was complete.</summary>
    /// <param name="arms">The number of arms, at least 1.</param>
    /// <param name="blocks">The number of times each is measured, at least 1.</param>
    /// <param name="random">Orders the arms; give a seed to repeat an order.</param>
    /// <param name="measure">Measures an arm once (arm, block). Block -1 is the warm-up: its result is thrown away.</param>
    /// <param name="stop">Asked before each measurement; null never stops.</param>
    /// <returns>For each arm its samples in order of blocks. After a stop the arms may differ by one in length.</returns>
    public static double[][] Run(int arms, int blocks, Random random, Func<int, int, double> measure, Func<bool>? stop = null) =>
        RunWithControls(arms, [], blocks, random, measure, stop).Arms;

    /// <summary>
    /// The same, with control arms: each of <paramref name="controls"/> is measured a second time in every block, at a random
    /// place of its own. The two series of a control are an A/A test; their spread is the noise floor
    /// (<see cref="Verdicts.NoiseFloor"/>).
    /// </summary>
    /// <param name="arms">The number of arms, at least 1.</param>
    /// <param name="controls">The arms to measure twice.</param>
    /// <param name="blocks">The number of times each is measured, at least 1.</param>
    /// <param name="random">Orders the visits.</param>
    /// <param name="measure">Measures an arm once (arm, block); a control twice in each block.</param>
    /// <param name="stop">Asked before each measurement; null never stops.</param>
    public static BlockSamples RunWithControls(
        int arms, int[] controls, int blocks, Random random, Func<int, int, double> measure, Func<bool>? stop = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(arms, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        int visits = arms + controls.Length;
        List<double>[] samples = [.. Enumerable.Range(0, visits).Select(_ => new List<double>(blocks))];
        int[] order = [.. Enumerable.Range(0, visits)];
        for (int block = -1; block < blocks; block++)
        {
            random.Shuffle(order);
            foreach (int visit in order)
            {
                if (stop?.Invoke() == true)
                {
                    return Result(samples, arms);
                }

                double sample = measure(visit < arms ? visit : controls[visit - arms], block);
                if (block >= 0)
                {
                    samples[visit].Add(sample);
                }
            }
        }

        return Result(samples, arms);
    }

    private static BlockSamples Result(List<double>[] samples, int arms) =>
        new([.. samples[..arms].Select(list => list.ToArray())], [.. samples[arms..].Select(list => list.ToArray())]);
}

/// <summary>What was measured in randomised blocks.</summary>
/// <param name="Arms">For each arm its samples in order of blocks.</param>
/// <param name="Again">For each control the samples of its second visits.</param>
public sealed record BlockSamples(double[][] Arms, double[][] Again);
