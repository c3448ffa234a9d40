using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;

namespace NetTools.OptBench.Experiments;

/// <summary>What every experiment needs: a far end, settings, and the way in which arms are measured side by side.</summary>
/// <param name="peer">The far end.</param>
/// <param name="settings">How long and how often.</param>
/// <param name="progress">Told what is running, for a person to see; may be null.</param>
/// <param name="stop">Asked between visits; null never stops.</param>
/// <param name="awake">Keeps the CPUs busy while exchanges are timed; null lets them go idle.</param>
internal sealed class Lab(Peer peer, RunSettings settings, Action<string>? progress = null, Func<bool>? stop = null, Awake? awake = null)
{
    /// <summary>The far end.</summary>
    public Peer Peer => peer;

    /// <summary>How long and how often.</summary>
    public RunSettings Settings => settings;

    /// <summary>What must be known of how exchanges are timed, to be put behind what was done.</summary>
    public string Conditions => awake is not { Works: true } ? "" : " No CPU goes idle meanwhile.";

    /// <summary>The same lab with another far end and other settings.</summary>
    public Lab With(Peer other, RunSettings changed) => new(other, changed, progress, stop, awake);

    /// <summary>Measures the arms in randomised blocks and compares the named pairs.</summary>
    /// <param name="title">What is running, for the progress line.</param>
    /// <param name="arms">The arms; they stay the caller's.</param>
    /// <param name="pairs">Indices of arms to compare, second with first.</param>
    /// <exception cref="InterruptedException">A stop was asked for before one block was complete.</exception>
    public (ArmResult[] Arms, DifferenceResult[] Differences) Measure(string title, IReadOnlyList<Arm> arms, (int A, int B)[] pairs)
    {
        double[][] blocks = Blocks.Run(arms.Count, settings.Blocks, new Random(settings.Seed), (arm, block) =>
        {
            progress?.Invoke($"{title}: {(block < 0 ? "warm-up" : $"block {block + 1} of {settings.Blocks}")}, {arms[arm].Name}");
            return Visit(arms[arm], keep: block >= 0);
        }, stop);
        if (blocks.Any(samples => samples.Length == 0))
        {
            throw new InterruptedException();
        }

        foreach (Arm arm in arms)
        {
            arm.Finish();
        }

        return ([.. arms.Select((arm, i) => arm.Result(blocks[i], settings.Confidence))],
            [.. pairs.Select(p => Comparison.Of(arms[p.A].Name, blocks[p.A], arms[p.B].Name, blocks[p.B], settings.Confidence))]);
    }

    private double Visit(Arm arm, bool keep)
    {
        if (!arm.WaitsForReplies || awake is null)
        {
            return arm.Visit(settings, keep);
        }

        awake.Begin();
        try
        {
            return arm.Visit(settings, keep);
        }
        finally
        {
            awake.End();
        }
    }
}

/// <summary>A stop was asked for before there was anything to report.</summary>
internal sealed class InterruptedException : Exception;
