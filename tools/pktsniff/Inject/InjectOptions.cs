using CommandLine;
using NetTools.Os;
using NetTools.PktSniff.Inject.Rewrite;
using NetTools.PktSniff.Inject.Split;

namespace NetTools.PktSniff.Inject;

/// <summary>The command line of <c>pktsniff inject</c>.</summary>
internal sealed class InjectOptions : RewriteOptions
{
    private const int LargestRate = 100_000_000;
    private const int LargestMbit = 1_000_000;
    private const double LargestSpeed = 1_000_000;

    [Option('i', "interface", Required = true, MetaValue = "IFACE", HelpText = "Interface to send on.")]
    public string Interface { get; set; } = "";

    [Option('I', "second-interface", MetaValue = "IFACE", HelpText = "Send the frames of the other side on IFACE.")]
    public string? SecondInterface { get; set; }

    [Option("split", MetaValue = "HOW",
        HelpText = "With -I, frames that leave by -i: of hosts that open conversations (client, the default), recorded as "
            + "outgoing (direction), or from PREFIX|MAC[,...].")]
    public string? Split { get; set; }

    [Option("hex", MetaValue = "BYTES", HelpText = "One frame in hex digits; blanks, ':' and '-' between them are ignored.")]
    public string? Hex { get; set; }

    [Option("count", MetaValue = "N", HelpText = "Stop after N frames; with --hex send the frame N times.")]
    public long? Count { get; set; }

    [Option("rate", MetaValue = "PPS", HelpText = "Frames per second, instead of the recorded pace.")]
    public double? Rate { get; set; }

    [Option("mbit", MetaValue = "M", HelpText = "Megabits of frames per second.")]
    public double? Mbit { get; set; }

    [Option("topspeed", HelpText = "As fast as the interface takes them.")]
    public bool TopSpeed { get; set; }

    [Option("loop", Default = 1L, MetaValue = "N", HelpText = "Send the file N times; 0 until a signal.")]
    public long Loop { get; set; }

    [Option("json", HelpText = "Print the result as JSON.")]
    public bool Json { get; set; }

    [Option("speed", MetaValue = "X", HelpText = "X times the recorded pace: 2 is twice as fast.")]
    public double? Speed { get; set; }

    [Value(0, MetaName = "FILE", HelpText = "Pcap or pcapng files, sent one after the other; '-' is standard input.")]
    public IEnumerable<string> Files { get; set; } = [];

    /// <summary>Checks what was asked for.</summary>
    /// <exception cref="OperationFailedException">It makes no sense.</exception>
    public InjectSettings ToSettings()
    {
        if (Files.Any() == (Hex is not null))
        {
            throw new OperationFailedException("inject needs a FILE or --hex BYTES, one of them", "see pktsniff inject --help");
        }

        if (SecondInterface is null ? Split is not null || HasSecondMac : Hex is not null || SecondInterface == Interface)
        {
            throw new OperationFailedException("--split and a second MAC need -I; -I needs a FILE and another interface than -i");
        }

        if (Rate is <= 0 or > LargestRate or double.NaN || Mbit is <= 0 or > LargestMbit or double.NaN)
        {
            throw new OperationFailedException(
                "--rate or --mbit is out of range",
                $"more than 0, up to {LargestRate} frames or {LargestMbit} megabits a second");
        }

        if ((Rate is null ? 0 : 1) + (Mbit is null ? 0 : 1) + (TopSpeed ? 1 : 0) + (Speed is null ? 0 : 1) > 1)
        {
            throw new OperationFailedException("--rate, --mbit, --speed and --topspeed exclude each other");
        }

        if (Speed is <= 0 or > LargestSpeed or double.NaN)
        {
            throw new OperationFailedException("--speed is out of range", $"more than 0, up to {LargestSpeed}");
        }

        if (Count is < 1 || Loop < 0)
        {
            throw new OperationFailedException("--count is at least 1 and --loop at least 0");
        }

        return new InjectSettings
        {
            Interface = Interface,
            Split = SecondInterface is null ? null : SplitSettings.Read(SecondInterface, Split ?? "client"),
            NoSandbox = NoSandbox,
            Files = [.. Files],
            Speed = Speed ?? 1,
            Frame = Hex is null ? null : HexFrame.Parse(Hex),
            // A frame from the command line is sent once unless more are asked for; a file as often as --loop says.
            Count = Count ?? (Hex is null ? long.MaxValue : 1),
            Loop = Hex is not null || Loop == 0 ? long.MaxValue : Loop,
            Rate = Rate,
            Mbit = Mbit,
            // Without a time between them, frames from the command line need no pace either.
            TopSpeed = TopSpeed || (Hex is not null && Rate is null && Mbit is null),
            Rewrite = ToRewriteSettings(),
            Json = Json,
        };
    }
}
