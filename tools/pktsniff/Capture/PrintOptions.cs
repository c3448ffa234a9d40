using CommandLine;
using NetTools.Os;
using NetTools.PktSniff.Report;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Capture;

/// <summary>The part of <c>pktsniff</c>'s command line that says what is printed, and how.</summary>
internal abstract class PrintOptions : BackgroundOptions
{
    private const double ShortestInterval = 0.1;
    private const double LongestInterval = 3600;

    [Option('e', HelpText = "Print more of the link layer.")]
    public bool LinkDetails { get; set; }

    [Option('x', FlagCounter = true, HelpText = "Print the packet's bytes in hex; -xx with the link layer's.")]
    public int Hex { get; set; }

    [Option('X', FlagCounter = true, HelpText = "Print the packet's bytes in hex and text; -XX with the link layer's.")]
    public int HexAndText { get; set; }

    [Option('A', HelpText = "Print the packet's bytes as text.")]
    public bool Text { get; set; }

    [Option('n', FlagCounter = true, HelpText = "Accepted for tcpdump's sake: addresses and ports are always numbers.")]
    public int Numeric { get; set; }

    [Option('v', "verbose", FlagCounter = true, HelpText = "Print more of the headers.")]
    public int Verbose { get; set; }

    [Option('t', FlagCounter = true,
        HelpText = "-t no time, -tt seconds since 1970, -ttt since the frame before, -tttt with date, -ttttt since the first.")]
    public int Time { get; set; }

    [Option('S', "absolute", HelpText = "Print TCP sequence numbers as they are.")]
    public bool Absolute { get; set; }

    [Option('#', "number", HelpText = "Print the frame's number.")]
    public bool Numbers { get; set; }

    [Option('l', "line-buffered", HelpText = "Write out after every line.")]
    public bool LineBuffered { get; set; }

    [Option('q', "quick", HelpText = "Print less.")]
    public bool Quick { get; set; }

    [Option("json", HelpText = "Print one JSON object per frame, then a summary.")]
    public bool Json { get; set; }

    [Option("fields", MetaValue = "LIST",
        HelpText = "Print these fields of each frame, tabs between them; 'list' lists their names.")]
    public string? Fields { get; set; }

    [Option("print", HelpText = "With -w, print the frames too.")]
    public bool PrintToo { get; set; }

    [Option("count-only", HelpText = "Print how many frames there are, and no frame.")]
    public bool CountOnly { get; set; }

    [Option('K', HelpText = "Do not check the checksums of TCP, UDP, UDP-Lite, ICMP and ICMPv6.")]
    public bool SkipChecksums { get; set; }

    [Option("streams", HelpText = "Print the conversations of TCP and UDP with their numbers at the end, instead of frames.")]
    public bool Streams { get; set; }

    [Option("follow", MetaValue = "STREAM",
        HelpText = "Print what a stream carries, in order: a number of --streams, or tcp:A:P-B:P; -x for hex.")]
    public string? Follow { get; set; }

    [Option("summary", HelpText = "Print protocols and conversations at the end, instead of frames.")]
    public bool Summary { get; set; }

    [Option("top", HelpText = "Show protocols and conversations as they go by, instead of frames.")]
    public bool Top { get; set; }

    [Option("interval", MetaValue = "S", Default = 1.0, HelpText = "Seconds between tables of --top and of a row of --plot.")]
    public double Interval { get; set; }

    [Option("plot", MetaValue = "FILE.csv", HelpText = "Write frames and bytes per second, of all and by protocol, for gnuplot.")]
    public string? PlotFile { get; set; }

    [Option("color", MetaValue = "WHEN", Default = "auto",
        HelpText = "Colours: auto (on a terminal, unless NO_COLOR is set), always or never.")]
    public string Color { get; set; } = "auto";

    /// <summary>Checks what was asked for.</summary>
    /// <param name="writesFile">Frames go to a capture file: they are printed only when asked for.</param>
    /// <exception cref="OperationFailedException">It makes no sense.</exception>
    public PrintSettings ToPrintSettings(bool writesFile)
    {
        (bool Wrong, string Message, string Hint)[] rules =
        [
            (Json && Fields is not null, "--json and --fields exclude each other", "JSON has every field"),
            (Top && Summary, "--top and --summary exclude each other", "--top ends with a summary"),
            (Top && (Json || Fields is not null), "--top shows tables, neither JSON nor fields",
                "--summary --json is the same for programs, at the end"),
            (CountOnly && (Summary || Top), "--count-only and --summary or --top exclude each other", "a summary counts, too"),
            ((Streams ? 1 : 0) + (Follow is null ? 0 : 1) + (Summary ? 1 : 0) + (Top ? 1 : 0) + (CountOnly ? 1 : 0) > 1,
                "--streams, --follow, --summary, --top and --count-only exclude each other", "each replaces the frames"),
            (Follow is not null && (Json || Fields is not null), "--follow prints text or hex, neither JSON nor fields",
                "-x prints hex"),
            (Streams && Fields is not null, "--streams and --fields exclude each other", "a list is printed instead of frames"),
            (Summary && Fields is not null, "--summary and --fields exclude each other",
                "a summary is printed instead of frames"),
            (Interval is not (>= ShortestInterval and <= LongestInterval), "--interval is out of range", "0.1 to 3600 seconds"),
        ];
        foreach ((bool wrong, string message, string hint) in rules)
        {
            if (wrong)
            {
                throw new OperationFailedException(message, hint);
            }
        }

        if (Time > (int)TimeStyle.SinceFirst)
        {
            throw new OperationFailedException($"-t given {Time} times is out of range", $"0 to {(int)TimeStyle.SinceFirst}");
        }

        return new PrintSettings
        {
            Frames = !Summary && !Top && !CountOnly && !Streams && Follow is null
                && (Json || Fields is not null || PrintToo || !writesFile),
            CountOnly = CountOnly,
            Streams = Streams,
            Follow = Follow is null ? null : StreamSelector.Read(Follow),
            Json = Json,
            Fields = Fields is null ? null : FieldNames.Read(Fields),
            LineBuffered = LineBuffered,
            Summary = Summary,
            Top = Top,
            Interval = Interval,
            PlotFile = PlotFile,
            Colors = Color switch
            {
                "auto" => null,
                "always" => true,
                "never" => false,
                _ => throw new OperationFailedException($"--color {Color} is none of auto, always and never"),
            },
            Style = new TextStyle
            {
                LinkDetails = LinkDetails,
                Quick = Quick,
                Verbose = Verbose > 0,
                SkipChecksums = SkipChecksums,
                AbsoluteSequences = Absolute,
                Numbers = Numbers,
                Time = (TimeStyle)Time,
                Hex = Text ? HexStyle.Text : HexAndText > 0 ? HexStyle.HexAndText : Hex > 0 ? HexStyle.Hex : HexStyle.None,
                HexOfLink = Hex > 1 || HexAndText > 1,
            },
        };
    }
}
