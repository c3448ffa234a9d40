using CommandLine;
using NetTools.Os;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Capture;

/// <summary>The command line of <c>pktsniff</c>, in tcpdump's letters.</summary>
internal sealed class CaptureOptions : PrintOptions
{
    private const int LongestDuration = 366 * 24 * 3600;
    private const int LargestSnaplen = 262144;
    private const int MostReaders = 64;
    private const double LargestFileSize = 1_000_000_000;
    private const int LargestRingKiB = 1024 * 1024;

    // A block is handed over when it is full or this old: soon when frames are printed, late enough to be cheap when not.
    private const int PrintRetireMs = 100;
    private const int WriteRetireMs = 500;
    private const int ImmediateRetireMs = 1;

    [Option('i', "interface", MetaValue = "IFACE",
        HelpText = "Interface, its number in -D, or 'any'; may be repeated. Default: the first that is up.")]
    public IEnumerable<string> Interfaces { get; set; } = [];

    [Option('c', "count", MetaValue = "N", HelpText = "Stop after N frames.")]
    public long? Count { get; set; }

    [Option('w', "write", MetaValue = "FILE", HelpText = "Write a capture file instead of text; '-' is standard output.")]
    public string? WriteFile { get; set; }

    [Option('r', "read", MetaValue = "FILE", HelpText = "Read a pcap or pcapng file; '-' is standard input.")]
    public string? ReadFile { get; set; }

    [Option('s', "snaplen", MetaValue = "BYTES", HelpText = "Bytes to keep of a frame; 0 keeps 262144.")]
    public int Snaplen { get; set; }

    [Option('p', "no-promiscuous", HelpText = "Do not put the card into promiscuous mode.")]
    public bool NoPromiscuous { get; set; }

    [Option('B', "buffer-size", MetaValue = "KiB", Default = 4096,
        HelpText = "Size of the kernel's ring, of each interface and reader.")]
    public int BufferKiB { get; set; }

    [Option("readers", MetaValue = "N", Default = 1,
        HelpText = "Rings per interface; frames come out in the order of their times.")]
    public int Readers { get; set; }

    [Option("fanout", MetaValue = "MODE", Default = FanoutMode.Hash,
        HelpText = "How rings share frames: by flow, by CPU, in turn.")]
    public FanoutMode Fanout { get; set; }

    [Option('Q', "direction", MetaValue = "in|out|inout", HelpText = "Direction of the frames to capture. Default: inout.")]
    public string? Direction { get; set; }

    [Option('F', "filter-file", MetaValue = "FILE", HelpText = "Read the filter from FILE; # begins a comment.")]
    public string? FilterFile { get; set; }

    [Option('d', FlagCounter = true, HelpText = "Print the compiled filter and exit; -dd as C, -ddd as numbers.")]
    public int ListFilter { get; set; }

    [Option('O', "no-optimize", HelpText = "Do not optimise the compiled filter.")]
    public bool NotOptimized { get; set; }

    [Option("duration", MetaValue = "S", HelpText = "Stop after S seconds.")]
    public double? Duration { get; set; }

    [Option('C', "file-size", MetaValue = "SIZE", HelpText = "Start another file when FILE exceeds SIZE million bytes.")]
    public double? FileSize { get; set; }

    [Option('G', "rotate-seconds", MetaValue = "S",
        HelpText = "Start another file every S seconds; FILE is a strftime(3) format.")]
    public long? RotateSeconds { get; set; }

    [Option('W', "file-count", MetaValue = "N", HelpText = "With -C write N files in a ring; with -G stop after N files.")]
    public int? FileCount { get; set; }

    [Option('z', "command", MetaValue = "PROGRAM", HelpText = "Run PROGRAM FILE for each finished file.")]
    public string? Command { get; set; }

    [Option("nano", HelpText = "Nanoseconds in FILE and in printed times.")]
    public bool Nanoseconds { get; set; }

    [Option("pcapng", HelpText = "Write pcapng: interfaces, directions, comments, drop counts.")]
    public bool Pcapng { get; set; }

    [Option("comment", MetaValue = "TEXT", HelpText = "Comment in the header of a pcapng file.")]
    public string? Comment { get; set; }

    [Option('Z', "user", MetaValue = "USER",
        HelpText = "As root, become USER once the socket is open. Default: who called sudo, or else tcpdump or nobody.")]
    public string? User { get; set; }

    [Option('D', "list-interfaces", HelpText = "List the interfaces and exit.")]
    public bool ListInterfaces { get; set; }

    [Option('L', "list-link-types", HelpText = "List the link types of the interfaces and exit.")]
    public bool ListLinkTypes { get; set; }

    [Option('y', "link-type", MetaValue = "TYPE", HelpText = "Require this link type, such as EN10MB.")]
    public string? LinkTypeName { get; set; }

    [Option('V', "read-list", MetaValue = "FILE",
        HelpText = "Read the capture files named in FILE, one per line; '-' is standard input.")]
    public string? ReadList { get; set; }

    [Option('U', "packet-buffered", HelpText = "Write each frame to FILE as soon as it is captured.")]
    public bool PacketBuffered { get; set; }

    [Option("immediate-mode", HelpText = "Hand over frames at once instead of in blocks.")]
    public bool Immediate { get; set; }

    [Option('J', "list-time-stamp-types", HelpText = "List the types of time stamps and exit.")]
    public bool ListTimeStampTypes { get; set; }

    [Option('j', "time-stamp-type", MetaValue = "TYPE", HelpText = "Clock of the time stamps: host, the only one here.")]
    public string? TimeStampType { get; set; }

    [Option("align", HelpText = "With -G, start files at multiples of S of the clock.")]
    public bool Align { get; set; }

    [Value(0, MetaName = "FILTER", HelpText = "Expression of pcap-filter(7), such as: tcp port 80")]
    public IEnumerable<string> Filter { get; set; } = [];

    /// <summary>Checks what was asked for.</summary>
    /// <exception cref="OperationFailedException">It makes no sense.</exception>
    public CaptureSettings ToSettings()
    {
        string[] interfaces = [.. Interfaces.Select(InterfaceList.Name).Distinct()];
        bool reads = ReadFile is not null || ReadList is not null;
        (bool Wrong, string Message, string? Hint)[] rules =
        [
            (interfaces.Length > 0 && reads, "-i and -r exclude each other", "read a file or listen, not both"),
            (ReadFile is not null && ReadList is not null, "-r and -V exclude each other", null),
            (interfaces.Length > 1 && interfaces.Contains(PacketSocket.Any),
                "-i any holds every interface: no other -i beside it", null),
            (FilterFile is not null && Filter.Any(), "a FILTER and -F exclude each other",
                "write the filter here or in the file"),
            (TimeStampType is not (null or "host"), $"-j {TimeStampType}: not available here",
                "host is the clock of the kernel, the default"),
            (Command is not null && CallerPolicy.IsMorePrivileged,
                "-z: the program has more privileges than you and runs no other", null),
            (PacketBuffered && WriteFile is null, "-U needs -w FILE", "lines of text: -l"),
        ];
        Refuse(rules);
        PrintSettings print = ToPrintSettings(writesFile: WriteFile is not null) with { Nanoseconds = Nanoseconds };
        int readers = (int)Within(Readers, "--readers", 1, MostReaders);
        RingSettings ring = new(
            (int)Within(BufferKiB, "-B", 1, LargestRingKiB), Immediate ? ImmediateRetireMs : print.IsLive ? PrintRetireMs
                : WriteRetireMs);
        if (!reads && ring.Bytes * readers * Math.Max(1, interfaces.Length) > OrdinaryLimits.RingBytes)
        {
            CallerPolicy.Require(TrustedAct.LargeRing, $"-B {BufferKiB}: rings over {OrdinaryLimits.RingBytes >> 20} MiB in all");
        }

        return new CaptureSettings
        {
            Interfaces = interfaces,
            Readers = readers,
            Fanout = Fanout,
            ReadFile = ReadFile,
            ReadList = ReadList,
            NoSandbox = NoSandbox,
            Output = ReadOutput(),
            Filter = string.Join(' ', Filter),
            FilterFile = FilterFile,
            Count = Within(Count ?? long.MaxValue, "-c", 1, long.MaxValue),
            Snaplen = (int)Within(Snaplen == 0 ? LargestSnaplen : Snaplen, "-s", 1, LargestSnaplen),
            Promiscuous = !NoPromiscuous,
            Direction = ReadDirection(),
            Duration = ReadDuration(),
            User = User,
            ListFilter = (ListingStyle)Math.Min(ListFilter, (int)ListingStyle.Numbers),
            OptimizesFilter = !NotOptimized,
            ListTimeStampTypes = ListTimeStampTypes,
            ListInterfaces = ListInterfaces,
            ListLinkTypes = ListLinkTypes,
            LinkType = LinkTypeName is null ? null : LinkTypeNames.Number(LinkTypeName),
            ReadyDescriptor = ReadyDescriptor,
            PidFile = PidFile,
            Ring = ring,
            Print = print,
        };
    }

    private static void Refuse((bool Wrong, string Message, string? Hint)[] rules)
    {
        foreach ((bool wrong, string message, string? hint) in rules)
        {
            if (wrong)
            {
                throw new OperationFailedException(message, hint);
            }
        }
    }

    private FileSettings? ReadOutput()
    {
        bool rotates = FileSize is not null || RotateSeconds is not null;
        Refuse([
            (WriteFile is null && (rotates || Command is not null || Pcapng || Comment is not null),
                "-C, -G, -z, --pcapng and --comment need -w FILE", null),
            (WriteFile == "-" && (rotates || Command is not null), "-C, -G and -z need a file, not standard output", null),
            (FileCount is not null && !rotates, "-W needs -C or -G", null),
            (Comment is not null && !Pcapng, "--comment needs --pcapng", null),
            (Align && RotateSeconds is null, "--align needs -G", null),
            (FileSize is not (null or (> 0 and <= LargestFileSize)),
                $"-C is out of range: more than 0, up to {LargestFileSize} million bytes", null),
        ]);

        return WriteFile is null ? null : new FileSettings
        {
            Path = WriteFile,
            Pcapng = Pcapng,
            Nanoseconds = Nanoseconds,
            Comment = Comment,
            SnaplenVaries = ReadList is not null,
            RotateBytes = (long)((FileSize ?? 0) * 1_000_000),
            RotateSeconds = RotateSeconds is long seconds ? Within(seconds, "-G", 1, LongestDuration) : 0,
            FileCount = FileCount is int count ? (int)Within(count, "-W", 1, int.MaxValue) : 0,
            Command = Command,
            Align = Align,
            PacketBuffered = PacketBuffered,
        };
    }

    private FrameDirections ReadDirection() => Direction switch
    {
        null or "inout" => FrameDirections.Both,
        "in" => FrameDirections.In,
        "out" => FrameDirections.Out,
        _ => throw new OperationFailedException($"-Q {Direction} is not a direction", "in, out or inout"),
    };

    private TimeSpan? ReadDuration() => Duration switch
    {
        null => null,
        > 0 and <= LongestDuration => TimeSpan.FromSeconds(Duration.Value),
        _ => throw new OperationFailedException("--duration is out of range", $"more than 0, up to {LongestDuration} seconds"),
    };

    private static long Within(long value, string option, long least, long most) =>
        value >= least && value <= most ? value
            : throw new OperationFailedException($"{option} {value} is out of range", $"{least} to {most}");
}
