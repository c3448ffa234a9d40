using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Measurement;
using NetTools.MuxBench.Mechanisms;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.MuxBench.Bench;

/// <summary>What to measure, checked.</summary>
internal sealed record BenchSettings
{
    /// <summary>The timeout of a call that waits.</summary>
    public const int Waits = -1;

    /// <summary>The timeout of a call that only looks.</summary>
    public const int Looks = 0;

    private const int DefaultFds = 1000;
    private const int DefaultBlocks = 15;
    private const int DefaultSeed = 20_060_101;

    /// <summary>The numbers of descriptors, ascending, each once; null for a sweep up to the limit.</summary>
    public int[]? Fds { get; init; } = [DefaultFds];

    /// <summary>How many are readable.</summary>
    public ReadyShare[] Ready { get; init; } = [ReadyShare.Parse("1")];

    /// <summary>Where the readable ones lie, each place once.</summary>
    public ReadyPosition[] Positions { get; init; } = [ReadyPosition.Even];

    /// <summary>The timeouts of the timed calls, milliseconds: -1, 0 or both.</summary>
    public int[] Timeouts { get; init; } = [Waits];

    /// <summary>Names out of the catalogue, each once, in its order.</summary>
    public string[] Mechanisms { get; init; } = Catalog.Default;

    /// <summary>What to time, each once.</summary>
    public Metric[] Metrics { get; init; } = [Metric.Call];

    /// <summary>What to watch.</summary>
    public DescriptorKind Kind { get; init; }

    /// <summary>Where the numbers of the watched descriptors lie.</summary>
    public Placement Placement { get; init; }

    /// <summary>Whether the caches are emptied before each call.</summary>
    public bool Cold { get; init; }

    /// <summary>Whether to measure as a program with threads, whose descriptor table is shared.</summary>
    public bool SharedTable { get; init; }

    /// <summary>The CPU to stay on; null for the last one allowed.</summary>
    public int? Cpu { get; init; }

    /// <summary>Samples of each point, 3 or more.</summary>
    public int Blocks { get; init; } = DefaultBlocks;

    /// <summary>Seeds the order of the visits and random positions.</summary>
    public int Seed { get; init; } = DefaultSeed;

    /// <summary>Whether to print JSON.</summary>
    public bool Json { get; init; }

    /// <summary>Whether to draw the sweep.</summary>
    public bool Plot { get; init; }

    /// <summary>A file for the points, or null.</summary>
    public string? Csv { get; init; }

    /// <summary>A file for a gnuplot script, or null.</summary>
    public string? Gnuplot { get; init; }

    /// <summary>Whether to keep every system call.</summary>
    public bool NoSandbox { get; init; }

    /// <summary>Checks what the user asked for.</summary>
    /// <exception cref="OperationFailedException">Something is not possible; the message says what.</exception>
    public static BenchSettings From(BenchOptions options)
    {
        if (options.Fds is not null && options.Sweep is not null)
        {
            throw new OperationFailedException("--fds and --sweep both say how many descriptors", "give one of them");
        }

        if (options.Plot && options.Json)
        {
            throw new OperationFailedException("--plot and --json both want standard output", "give one of them");
        }

        BenchSettings settings = new()
        {
            Fds = options.Sweep switch
            {
                "auto" => null,
                string list => [.. Split(list).Select(word => Number("--sweep", word, 1)).Distinct().Order()],
                null => [options.Fds is string one ? Number("--fds", one, 1) : DefaultFds],
            },
            Ready = [.. Split(options.Ready ?? "1").Distinct().Select(ReadyShare.Parse)],
            Positions = [.. Names("--position", options.Position ?? "even", Lower<ReadyPosition>()).Select(Parse<ReadyPosition>)],
            Timeouts = [.. Names("--timeout", options.Timeout ?? "-1", ["-1", "0"]).Select(word => word == "0" ? Looks : Waits)],
            Mechanisms = options.Mechanisms is string mechanisms ? Names("--mechanisms", mechanisms, Catalog.Names)
                : Catalog.Default,
            Metrics = [.. Names("--measure", options.Measure ?? Metric.Call.Name(), Lower<Metric>()).Select(Parse<Metric>)],
            Kind = Parse<DescriptorKind>(Names("--kind", options.Kind ?? "socketpair", Lower<DescriptorKind>(), single: true)[0]),
            Placement = options.Sparse ? Placement.Sparse : Placement.Dense,
            Cold = options.Cold,
            SharedTable = options.SharedTable,
            Cpu = options.Cpu is string cpu ? Number("--cpu", cpu, 0) : null,
            Blocks = options.Blocks is string blocks ? Number("--blocks", blocks, 3) : DefaultBlocks,
            Seed = options.Seed is string seed ? Number("--seed", seed, 0) : DefaultSeed,
            Json = options.Json,
            Plot = options.Plot,
            Csv = options.Csv,
            Gnuplot = options.Gnuplot,
            NoSandbox = options.NoSandbox,
        };
        settings.CheckTogether(options);
        return settings;
    }

    private void CheckTogether(BenchOptions options)
    {
        int least = Fds is null ? 1 : Fds[0];
        foreach (ReadyShare share in Ready)
        {
            if (share.Of(least) > least)
            {
                throw new OperationFailedException(
                    $"--ready {share.Text}: more than the {Count(least)} watched at the smallest point",
                    "a share such as 10% fits every size");
            }

            if (share.Amount == 0 && Metrics.Contains(Metric.Relay))
            {
                throw new OperationFailedException($"--ready {share.Text}: a relay needs at least one chain");
            }

            if (share.Amount == 0 && options.Timeout is not null && Timeouts.Contains(Waits))
            {
                throw new OperationFailedException(
                    $"--ready {share.Text} --timeout -1: a call that waits would not return", "--timeout 0 does");
            }
        }

        if (Cold && Metrics is not [Metric.Call])
        {
            throw new OperationFailedException("--cold is for --measure call alone");
        }

        if (!Metrics.Contains(Metric.Call) && (options.Timeout ?? options.Position) is not null)
        {
            throw new OperationFailedException($"{(options.Timeout is null ? "--position" : "--timeout")} is for --measure call");
        }
    }

    private static string[] Names(string option, string text, IReadOnlyCollection<string> known, bool single = false)
    {
        string[] asked = Split(text);
        foreach (string name in asked)
        {
            if ((name != "all" || single) && !known.Contains(name))
            {
                throw new OperationFailedException(
                    $"{option} {name}: unknown", $"known are {string.Join(',', known)}{(single ? "" : "; or all")}");
            }
        }

        return asked.Length == 1 || !single ? [.. known.Where(name => asked.Contains("all") || asked.Contains(name))]
            : throw new OperationFailedException($"{option} {text}: only one at a time");
    }

    private static string[] Lower<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(name => name.ToLowerInvariant())];

    private static T Parse<T>(string name)
        where T : struct, Enum => Enum.Parse<T>(name, ignoreCase: true);

    private static string[] Split(string list) => list.Split(',', StringSplitOptions.TrimEntries);

    private static int Number(string option, string text, int least) => (int)Quantity.Count(option, text, least, int.MaxValue);

    private static string Count(int number) => Figures.Count(number, "descriptor");
}
