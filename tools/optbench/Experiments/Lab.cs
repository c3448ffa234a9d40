using System.Globalization;
using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.Os;

namespace NetTools.OptBench.Experiments;

/// <summary>What every experiment needs: a far end, settings, and the way in which arms are measured side by side.</summary>
/// <param name="peer">The far end.</param>
/// <param name="settings">How long and how often.</param>
/// <param name="progress">Receives what is running, for a person to see; may be null.</param>
/// <param name="stop">Asked between visits; null never stops.</param>
/// <param name="awake">Keeps the CPUs busy while exchanges are timed; null lets them go idle.</param>
internal sealed class Lab(Peer peer, RunSettings settings, Action<string>? progress = null, Func<bool>? stop = null,
    Awake? awake = null)
{
    /// <summary>The part of its budget an arm may spend on becoming steady in the warm-up block.</summary>
    private const double WarmUpPart = 0.35;

    /// <summary>Of what is left of the time for the warm-up block, the part for becoming steady.</summary>
    private const double WarmUpShare = 0.6;

    /// <summary>A later visit may take this much longer to become steady than the warm-up did.</summary>
    private const double Leeway = 1.5;

    private const long ShortestVisitNs = TimeUnits.Millisecond;

    /// <summary>The far end.</summary>
    public Peer Peer => peer;

    /// <summary>How long and how often.</summary>
    public RunSettings Settings => settings;

    /// <summary>What must be known of how exchanges are timed, to be put behind what was done.</summary>
    public string Conditions => awake is not { Works: true } ? ""
        : peer.IsRemote ? " No CPU of this machine goes idle meanwhile; the far end's may." : " No CPU goes idle meanwhile.";

    /// <summary>The path's, microseconds; null where it is unknown.</summary>
    public long? RoundTripUs { get; init; }

    /// <summary>What the experiment may take by its settings; shared with the labs made of this one.</summary>
    public TimeAllowance Allowance { get; private init; } = new();

    /// <summary>True once a stop was asked for.</summary>
    public bool StopRequested => stop?.Invoke() == true;

    /// <summary>Keeps a table that is finished, whether or not the experiment's others follow; returns it.</summary>
    public ExperimentResult Keep(ExperimentResult finished)
    {
        Allowance.Finished.Add(finished);
        return finished;
    }

    /// <summary>The same lab with another far end and other settings.</summary>
    public Lab With(Peer other, RunSettings changed) => new(other, changed, progress, stop, awake)
    {
        Allowance = Allowance,
        RoundTripUs = RoundTripUs,
    };

    /// <summary>The same lab for another experiment, which may take time of its own.</summary>
    public Lab Next() => new(Peer, Settings, progress, stop, awake) { RoundTripUs = RoundTripUs };

    /// <summary>Adds to what the experiment may take; the time by which that part of it must be over.</summary>
    /// <param name="seconds">What it is meant to take.</param>
    /// <returns>
    /// On <see cref="Clock.Nanoseconds"/>; later than asked by <see cref="RunSettings.Overdraft"/>, and not before a second.
    /// </returns>
    public long Grant(double seconds)
    {
        Allowance.Seconds += seconds;
        return Clock.Nanoseconds + Math.Max((long)(seconds * settings.Overdraft * 1e9), settings.LeastNs);
    }

    /// <summary>
    /// Measures the arms in randomised blocks and compares the named pairs. The time of all arms together is the budget. A
    /// warm-up block shows what a visit needs; the budget then decides on the number of blocks, and on whether the first arm of
    /// each pair is visited a second time in each block: an A/A test whose spread is the noise floor.
    /// </summary>
    /// <param name="title">What is running, for the progress line.</param>
    /// <param name="arms">The arms; they stay the caller's.</param>
    /// <param name="pairs">Indices of arms to compare, second with first.</param>
    /// <exception cref="InterruptedException">A stop was asked for before one block was complete.</exception>
    /// <exception cref="TimeTooShortException">The time was over before every arm had been visited once.</exception>
    public (ArmResult[] Arms, DifferenceResult[] Differences) Measure(
        string title, IReadOnlyList<Arm> arms, (int A, int B)[] pairs)
    {
        long begin = Clock.Nanoseconds;
        long budget = (long)(settings.SecondsPerArm * 1e9 * arms.Count);
        Random random = new(settings.Seed);
        bool cut = false;
        long deadline = Grant(settings.SecondsPerArm * arms.Count); // of the warm-up block
        bool Over() => cut || StopRequested || Clock.Nanoseconds >= deadline;
        double Visit(int arm, VisitPlan plan, string block, bool keep)
        {
            progress?.Invoke($"{title}: {block}, {arms[arm].Name}");
            try
            {
                return Awake(arms[arm], plan with { Deadline = deadline, Stop = stop }, keep);
            }
            catch (TimeSpentException) when (StopRequested)
            {
                cut = true;
                return double.NaN;
            }
            catch (TimeSpentException e) when (keep)
            {
                cut = true; // the blocks that were complete stay
                Allowance.BrokenOff = $"{title}: the time was over in {block}"
                    + (e.SilentMs >= TimeSpentException.NotableMs ? $", the far end silent for {e.SilenceText}" : "");
                Allowance.IsPeerSilent |= e.SilentMs >= TimeSpentException.NotableMs;
                return double.NaN;
            }
            catch (PeerLostException) when (StopRequested)
            {
                cut = true; // the far end was stopped with us: what was measured before stays
                return double.NaN;
            }
        }

        // The warm-up block: what does each arm need besides the time in which it is measured?
        long[] needs = new long[arms.Count];
        int[] order = [.. Enumerable.Range(0, arms.Count)];
        random.Shuffle(order);
        VisitPlan pilot = new((long)(settings.SecondsPerArm * 1e9 / (settings.Blocks + 1) / 4), settings.VisitBytes,
            (long)(settings.SecondsPerArm * 1e9 * WarmUpPart), IsPilot: true);
        long openingNs = 0;
        for (int visited = 0; visited < order.Length; visited++)
        {
            int arm = order[visited];
            if (StopRequested || cut)
            {
                throw new InterruptedException();
            }

            long start = Clock.Nanoseconds;
            long share = Math.Max(((begin + budget - start) / (order.Length - visited)) - openingNs, 0);
            VisitPlan plan = pilot with
            {
                MeasureNs = Math.Max(Math.Min(pilot.MeasureNs, share), ShortestVisitNs),
                LongestWarmUpNs = Math.Clamp((long)(share * WarmUpShare), ShortestVisitNs, pilot.LongestWarmUpNs),
            };
            try
            {
                Visit(arm, plan, "warm-up", keep: false);
            }
            catch (TimeSpentException e)
            {
                throw new TimeTooShortException(settings.SecondsPerArm, arms.Count, visited, e);
            }

            if (cut)
            {
                throw new InterruptedException();
            }

            // What opening a connection takes leaves the visits to come less to look and to measure in.
            openingNs = Math.Max(openingNs, Clock.Nanoseconds - start - plan.LongestWarmUpNs - arms[arm].MeasuredNs);
            needs[arm] = Math.Max(arms[arm].NeedNs(Clock.Nanoseconds - start), ShortestVisitNs);
        }

        deadline = begin + (long)(budget * settings.Overdraft);
        int[] controls = settings.CompareWithItself ? [.. pairs.Select(p => p.A).Distinct(), .. pairs.Select(p => p.A).Distinct()]
            : [.. pairs.Select(p => p.A).Distinct()];
        long Block(int[] again) => Enumerable.Range(0, arms.Count).Concat(again)
            .Sum(arm => needs[arm] + arms[arm].LeastMeasureNs);
        long left = Math.Max(budget - (Clock.Nanoseconds - begin), 0);
        int wanted = Math.Min(MedianEstimate.FewestSamples, settings.Blocks);
        if (left / Block(controls) < wanted && !settings.CompareWithItself)
        {
            controls = [];
        }

        int blocks = (int)Math.Clamp(left / Block(controls), 0, settings.Blocks);
        long spare = blocks == 0 ? 0 : Math.Max((left / blocks) - Block(controls), 0) / (arms.Count + controls.Length);
        BlockSamples samples = blocks == 0 ? new(Empty(arms.Count), [])
            : Blocks.RunWithControls(arms.Count, controls, blocks, random, (arm, block) =>
            block < 0 ? 0 : Visit(arm, new(arms[arm].LeastMeasureNs + spare, settings.VisitBytes,
                (long)(needs[arm] * Leeway) + arms[arm].PatienceNs),
                $"block {block + 1} of {blocks}", keep: true), Over);
        double[][] medians = [.. samples.Arms.Select(Complete)];
        double[][] again = [.. samples.Again.Select(Complete)];
        if (!StopRequested && medians.Min(block => block.Length) < blocks)
        {
            Allowance.BrokenOff ??= $"{title}: the time was over after block {medians.Min(block => block.Length)} of {blocks}";
        }

        if (medians.Any(m => m.Length == 0))
        {
            if (StopRequested)
            {
                throw new InterruptedException();
            }

            // The time was over in the warm-up or in the first block: the warm-up's visits are the only block there is.
            medians = [.. arms.Select((arm, i) => medians[i].Length > 0 ? medians[i] : [arm.KeepPilot()])];
            again = [.. controls.Select(_ => Array.Empty<double>())];
        }

        foreach (Arm arm in arms)
        {
            if (Clock.Nanoseconds < deadline)
            {
                arm.Finish(deadline); // else what the far end saw stays unknown
            }
        }

        ArmResult[] results = [.. arms.Select((arm, i) => arm.Result(medians[i], settings.Confidence))];
        return (results, settings.CompareWithItself ? CompareWithThemselves(results, controls, again)
            : Compare(results, pairs, controls, again));
    }

    private static double[][] Empty(int count) => [.. Enumerable.Range(0, count).Select(_ => Array.Empty<double>())];

    private static double[] Complete(double[] samples) => [.. samples.Where(sample => !double.IsNaN(sample))];

    private DifferenceResult[] Compare(ArmResult[] results, (int A, int B)[] pairs, int[] controls, double[][] again) =>
    [
        .. pairs.Select(p => DifferenceResult.Of(results[p.A], results[p.B], Floor(results[p.A], Again(controls, again, p.A, 0)),
            settings.Confidence, settings.SmallestEffect)),
    ];

    private DifferenceResult[] CompareWithThemselves(ArmResult[] results, int[] controls, double[][] again) =>
    [
        .. controls.Distinct().Where(arm => Again(controls, again, arm, 0).Length > 0).Select(arm =>
            DifferenceResult.Of(results[arm],
                results[arm] with { Name = $"{results[arm].Name} (again)", Blocks = Again(controls, again, arm, 0) },
                Floor(results[arm], Again(controls, again, arm, 1)), settings.Confidence, settings.SmallestEffect)),
    ];

    private static double[] Again(int[] controls, double[][] again, int arm, int which)
    {
        int[] at = [.. controls.Select((control, i) => (control, i)).Where(c => c.control == arm).Select(c => c.i)];
        return which < at.Length ? again[at[which]] : [];
    }

    private static double? Floor(ArmResult arm, double[] again) => Verdicts.NoiseFloor([.. arm.Blocks], again);

    private double Awake(Arm arm, VisitPlan plan, bool keep)
    {
        if (!arm.WaitsForReplies || awake is null)
        {
            return arm.Visit(plan, keep);
        }

        awake.Begin();
        try
        {
            return arm.Visit(plan, keep);
        }
        finally
        {
            awake.End();
        }
    }
}

/// <summary>What the parts of an experiment may take together.</summary>
internal sealed class TimeAllowance
{
    /// <summary>Seconds; 0 for an experiment whose length <c>--time</c> does not set.</summary>
    public double Seconds { get; set; }

    /// <summary>The experiment's tables that are finished.</summary>
    public List<ExperimentResult> Finished { get; } = [];

    /// <summary>Where a visit was broken off, the last one; null for nowhere.</summary>
    public string? BrokenOff { get; set; }

    /// <summary>True where the far end had then been silent for a while.</summary>
    public bool IsPeerSilent { get; set; }
}

/// <summary>The time was over before every arm had been visited once, so there is nothing to compare.</summary>
/// <param name="seconds">The time of an arm.</param>
/// <param name="arms">The arms.</param>
/// <param name="visited">Those that were visited.</param>
/// <param name="cause">How the time ended.</param>
internal sealed class TimeTooShortException(double seconds, int arms, int visited, TimeSpentException cause) : Exception(
    string.Create(CultureInfo.InvariantCulture, $"{seconds:0.###} s an arm was too short: {visited} of {arms} arms were visited")
    + (cause.SilentMs >= TimeSpentException.NotableMs ? $", the far end silent for {cause.SilenceText}" : ""));

/// <summary>A stop was asked for before there was anything to report.</summary>
internal sealed class InterruptedException : Exception;
