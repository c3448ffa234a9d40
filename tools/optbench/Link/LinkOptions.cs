using System.Globalization;
using CommandLine;
using NetTools.OptBench.Run;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.OptBench.Link;

/// <summary>What the user asked for: optbench link.</summary>
internal sealed class LinkOptions : SandboxedOptions
{
    private const double LeastQueueMs = 10;
    private const long LeastQueuePackets = 100;

    [Option("namespace-a", Required = true, MetaValue = "NS",
        HelpText = "Network namespace of one end: a name of 'ip netns', or a path.")]
    public string NamespaceA { get; set; } = "";

    [Option("namespace-b", Required = true, MetaValue = "NS", HelpText = "Network namespace of the other end.")]
    public string NamespaceB { get; set; } = "";

    [Option("delay", Required = true, MetaValue = "MS", HelpText = "Delay each way, milliseconds: 10 makes a round trip of 20.")]
    public double Delay { get; set; }

    [Option("jitter", MetaValue = "MS", Default = 0.0, HelpText = "The delay varies evenly by up to this, either way.")]
    public double Jitter { get; set; }

    [Option("reorder", MetaValue = "PERCENT", Default = 0.0, HelpText = "Packets that skip the delay and overtake others.")]
    public double Reorder { get; set; }

    [Option("rate", MetaValue = "MBIT", HelpText = "Rate in Mbit/s, each way or A to B,B to A: 50,5; 0: no limit, the default.")]
    public string? Rate { get; set; }

    [Option("queue", MetaValue = "KB", HelpText = "What may wait for the rate; default: a round trip's worth.")]
    public int? Queue { get; set; }

    [Option("loss", MetaValue = "PERCENT", Default = 0.0, HelpText = "Packets lost at random, each way.")]
    public double Loss { get; set; }

    [Option("burst-loss", MetaValue = "P,R", HelpText = "Losses in bursts: percent of steps into one, and out of it.")]
    public string? BurstLoss { get; set; }

    [Option("seed", MetaValue = "N", Default = 1, HelpText = "Repeats losses, jitter and overtaking.")]
    public int Seed { get; set; }

    [Option("address-a", MetaValue = "LIST", Default = "10.88.0.1/24,fd88::1/64", HelpText = "Addresses of end A.")]
    public string AddressA { get; set; } = "";

    [Option("address-b", MetaValue = "LIST", Default = "10.88.0.2/24,fd88::2/64", HelpText = "Addresses of end B.")]
    public string AddressB { get; set; } = "";

    [Option("name", MetaValue = "IFACE", Default = "optlink", HelpText = "What the interface is called at both ends.")]
    public string Name { get; set; } = "";

    [Option("json", HelpText = "Print JSON, an object a line.")]
    public bool Json { get; set; }

    public static HelpPage Help { get; } = new("optbench link", "a link with delay between two network namespaces",
        ["--namespace-a NS --namespace-b NS --delay MS [options]"],
        [
            "ip netns add a; ip netns add b",
            "optbench link --namespace-a a --namespace-b b --delay 10 &",
            "ip netns exec a ping 10.88.0.2           20 ms",
            "ip netns exec b optbench server --open &",
            "ip netns exec a optbench rcvbuf --server 10.88.0.2:5400",
        ])
    {
        Notes =
        [
            "Prints a line when the link is up, runs until SIGINT or SIGTERM, then says what\nit carried. The interfaces go "
                + "with the process.",
        ],
    };

    /// <summary>The checked settings of both directions.</summary>
    /// <exception cref="OperationFailedException">A value is out of its range.</exception>
    public (LinkSettings AToB, LinkSettings BToA) ToSettings()
    {
        RunOptions.Check(Delay is >= 0 and <= 10_000, "--delay is 0 to 10000 ms");
        RunOptions.Check(Jitter >= 0 && Jitter <= Delay, "--jitter is 0 to the delay");
        RunOptions.Check(Reorder is >= 0 and <= 100, "--reorder is 0 to 100 percent");
        RunOptions.Check(Reorder == 0 || Delay > 0, "--reorder needs --delay: without one there is nothing to overtake");
        RunOptions.Check(Loss is >= 0 and <= 100, "--loss is 0 to 100 percent");
        RunOptions.Check(Loss == 0 || BurstLoss is null, "--loss and --burst-loss both say what is lost");
        RunOptions.Check(Queue is null or (>= 2 and <= 100_000), "--queue is 2 to 100000 KB");
        RunOptions.Check(Name.Length is > 0 and < 16 && Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'),
            "--name is an interface name of at most 15 letters, digits, dots and dashes");
        double[] rates = Rates();
        RunOptions.Check(Queue is null || rates.Any(rate => rate > 0), "--queue needs --rate: without a rate nothing waits");
        BurstLoss? bursts = BurstLoss is string text ? Link.BurstLoss.Parse(text) : null;
        return (Towards(rates[0], bursts), Towards(rates[^1], bursts));
    }

    /// <summary>One rate for both directions, or one for each, Mbit/s; 0 for none.</summary>
    private double[] Rates()
    {
        const string rule = "--rate is 0.01 to 100000 Mbit/s, or 0 for no limit; two, as in 50,5, are A to B and B to A";
        string[] words = (Rate ?? "0").Split(',');
        RunOptions.Check(words.Length <= 2, rule);
        return [.. words.Select(word =>
        {
            bool sound = double.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate);
            RunOptions.Check(sound && rate is 0 or (>= 0.01 and <= 100_000), rule);
            return rate;
        })];
    }

    private LinkSettings Towards(double mbit, BurstLoss? bursts)
    {
        double bits = mbit * 1e6;
        // A round trip's worth keeps a TCP connection busy; the rest absorbs bursts, and pauses of this program on a busy
        // machine.
        double worthMs = Math.Max(2 * Delay, LeastQueueMs);
        long queue = Queue is int kilobytes ? kilobytes * 1000L
            : Math.Max((long)(bits / 8 * worthMs / 1000), LeastQueuePackets * LinkSettings.Mtu);
        return new((long)(Delay * 1e6), bits, queue, Loss / 100, Seed)
        {
            JitterNs = (long)(Jitter * 1e6),
            ReorderRate = Reorder / 100,
            Bursts = bursts,
        };
    }
}
