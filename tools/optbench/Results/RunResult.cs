using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Run;

namespace NetTools.OptBench.Results;

/// <summary>A whole run: what was asked for, between what ends, and what was found.</summary>
/// <param name="Environment">This machine.</param>
/// <param name="Settings">What was asked for.</param>
/// <param name="Server">The far end as the user named it; null for one that was started here.</param>
/// <param name="Experiments">What was found, in order.</param>
internal sealed record RunResult(
    MeasuringEnvironment Environment, RunSettings Settings, string? Server, IReadOnlyList<ExperimentResult> Experiments)
{
    /// <summary>What lies between the ends; null where no far end was needed or none was there.</summary>
    public NetworkPath? Path { get; init; }

    /// <summary>How long each experiment took, in order.</summary>
    public IReadOnlyList<Duration> Durations { get; init; } = [];

    /// <summary>True when a signal ended it early.</summary>
    public bool Interrupted { get; init; }

    /// <summary>CPUs were let go idle between exchanges.</summary>
    public bool LetIdle { get; init; }

    /// <summary>A fifth of the time and bytes was asked for.</summary>
    public bool Quick { get; init; }
}

/// <summary>How long an experiment took.</summary>
/// <param name="Name">The experiment.</param>
/// <param name="TookS">Seconds, all that it prepared included.</param>
/// <param name="BudgetS">Seconds that <c>--time</c> allows its arms together; null where it does not set the length.</param>
internal sealed record Duration(string Name, double TookS, double? BudgetS)
{
    /// <summary>Where its last block was broken off; null where none was.</summary>
    public string? BrokenOff { get; init; }

    private const double Kept = 1.2;

    /// <summary>True when it took a fifth more than it was allowed.</summary>
    public bool IsOver => TookS > Kept * BudgetS;
}
