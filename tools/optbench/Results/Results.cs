using NetTools.Measure;

namespace NetTools.OptBench.Results;

/// <summary>One way of setting the option, and what came of it.</summary>
/// <param name="Name"><c>option=value</c>.</param>
/// <param name="Requested">What was asked for; null when nothing was.</param>
/// <param name="Effective">What the kernel reads back; null where there is nothing to read.</param>
/// <param name="Median">Median of the block medians, in the experiment's unit, and its interval.</param>
/// <param name="Samples">Every sample behind it, warm-up left out, in order.</param>
internal sealed record ArmResult(string Name, long? Requested, long? Effective, Estimate Median, IReadOnlyList<double> Samples)
{
    /// <summary>The congestion control of the sending end, or null where it plays no part.</summary>
    public string? Congestion { get; init; }
}

/// <summary>Two arms compared, block by block.</summary>
/// <param name="A">The arm compared with.</param>
/// <param name="B">The arm compared.</param>
/// <param name="Median">Median of B - A over the blocks, and its interval.</param>
/// <param name="Verdict">What may be said.</param>
internal sealed record DifferenceResult(string A, string B, Estimate Median, EffectVerdict Verdict);

/// <summary>What an experiment found, complete: the reports only print it.</summary>
/// <param name="Name">The experiment's name on the command line.</param>
/// <param name="Pattern">What was repeated: <c>ping-pong</c>, <c>write-write-read</c>, <c>bulk</c>.</param>
/// <param name="Unit"><c>us</c> or <c>MB/s</c>.</param>
/// <param name="Done">One sentence: what was done.</param>
/// <param name="Arms">The arms, in the order they are printed.</param>
/// <param name="Differences">The comparisons.</param>
internal sealed record ExperimentResult(
    string Name, string Pattern, string Unit, string Done, IReadOnlyList<ArmResult> Arms, IReadOnlyList<DifferenceResult> Differences)
{
    /// <summary>What it means, with the numbers in it.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>What the textbook says, where that is not what was seen; empty otherwise.</summary>
    public string Textbook { get; init; } = "";

    /// <summary>The arm of that name.</summary>
    public ArmResult Arm(string name) => Arms.First(arm => arm.Name == name);
}
