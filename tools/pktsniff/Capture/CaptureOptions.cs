using CommandLine;
using NetTools.Os;
using NetTools.PktSniff.Files;
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

    [Option('i', "interface", MetaValue = "IFACE", HelpText = "Interface to listen on, or 'any'; several -i, several interfaces; the first that is up when left out.")]
    public IEnumerable<string> Interfaces { get; set; } = [];

    [Option('c', "count", MetaValue = "N", HelpText = "Stop after N frames.")]
    public long? Count { get; set; }

    [Option('w', "write", MetaValue = "FILE", HelpText = "Write a capture file instead of text; '-' is standard output.")]
    public string? WriteFile { get; set; }

    [Option('r', "read", MetaValue = "FILE", HelpText = "Read a pcap or pcapng file; '-' is standard input.")]
    public string? ReadFile { get; set; }

    [Option('s', "snaplen", MetaValue = "BYTES", HelpText = "Keep so many bytes of a frame; 0 for all of them (262144).")]
    public int Snaplen { get; set; }

    [Option('p', "no-promiscuous", HelpText = "Leave the card alone: no promiscuous mode.")]
    public bool NoPromiscuous { get; set; }

    [Option('B', "buffer-size", MetaValue = "KiB", Default = 4096, HelpText = "Size of the kernel's ring.")]
    public int BufferKiB { get; set; }

    [Option("readers", MetaValue = "N", Default = 1, HelpText = "Share the frames among N rings, joined again in the order of their times.")]
    public int Readers { get; set; }

    [Option("fanout", MetaValue = "MODE", Default = FanoutMode.Hash, HelpText = "How to share: by flow, by CPU, in turn.")]
    public FanoutMode Fanout { get; set; }

    [Option('Q', "direction", MetaValue = "in|out|inout", HelpText = "Frames that come in, go out, or both.")]
    public string? Direction { get; set; }

    [Option('F', "filter-file", MetaValue = "FILE", HelpText = "Read the filter from a file.")]
    public string? FilterFile { get; set; }

    [Option('d', HelpText = "Print the compiled filter and stop.")]
    public bool ListFilter { get; set; }

    [Option("duration", MetaValue = "S", HelpText = "Stop after so many seconds.")]
    public double? Duration { get; set; }

    [Option('C', "file-size", MetaValue = "SIZE", HelpText = "Begin another file once FILE is longer than SIZE million bytes.")]
    public double? FileSize { get; set; }

    [Option('G', "rotate-seconds", MetaValue = "S", HelpText = "Begin another file every S seconds, FILE being a format of strftime(3).")]
    public long? RotateSeconds { get; set; }

    [Option('W', "file-count", MetaValue = "N", HelpText = "With -C write N files in a ring; with -G stop after N files.")]
    public int? FileCount { get; set; }

    [Option('z', "command", MetaValue = "PROGRAM", HelpText = "Run PROGRAM FILE for each finished file.")]
    public string? Command { get; set; }

    [Option("nano", HelpText = "Write nanoseconds to FILE.")]
    public bool Nanoseconds { get; set; }

    [Option("pcapng", HelpText = "Write pcapng: interface names, nanoseconds, directions, drop counts.")]
    public bool Pcapng { get; set; }

    [Option("comment", MetaValue = "TEXT", HelpText = "Write a remark at the beginning of a pcapng file.")]
    public string? Comment { get; set; }

    [Option('Z', "user", MetaValue = "USER", HelpText = "As root, become USER once the socket is open; the one who called sudo when left out.")]
    public string? User { get; set; }

    [Value(0, MetaName = "FILTER", HelpText = "Expression of pcap-filter(7), such as: tcp port 80")]
    public IEnumerable<string> Filter { get; set; } = [];

    /// <summary>Checks what was asked for.</summary>
    /// <exception cref="OperationFailedException">It makes no sense.</exception>
    public CaptureSettings ToSettings()
    {
        string[] interfaces = [.. Interfaces.Distinct()];
        if (interfaces.Length > 0 && ReadFile is not null)
        {
            throw new OperationFailedException("-i and -r exclude each other", "read a file or listen, not both");
        }

        if (interfaces.Length > 1 && interfaces.Contains(PacketSocket.Any))
        {
            throw new OperationFailedException("-i any holds every interface: no other -i beside it");
        }

        string filter = ReadFilter();
        PrintSettings print = ToPrintSettings(writesFile: WriteFile is not null);
        return new CaptureSettings
        {
            Interfaces = interfaces,
            Readers = (int)Within(Readers, "--readers", 1, MostReaders),
            Fanout = Fanout,
            ReadFile = ReadFile,
            NoSandbox = NoSandbox,
            Output = ReadOutput(filter),
            Filter = filter,
            Count = Within(Count ?? long.MaxValue, "-c", 1, long.MaxValue),
            Snaplen = (int)Within(Snaplen == 0 ? LargestSnaplen : Snaplen, "-s", 1, LargestSnaplen),
            Promiscuous = !NoPromiscuous,
            Direction = ReadDirection(),
            Duration = ReadDuration(),
            User = User,
            ListFilter = ListFilter,
            Ring = new RingSettings((int)Within(BufferKiB, "-B", 1, LargestRingKiB), print.IsLive ? PrintRetireMs : WriteRetireMs),
            Print = print,
        };
    }

    private FileSettings? ReadOutput(string filter)
    {
        bool rotates = FileSize is not null || RotateSeconds is not null;
        (bool Wrong, string Message)[] rules =
        [
            (WriteFile is null && (rotates || Command is not null || Pcapng || Comment is not null), "-C, -G, -z, --pcapng and --comment need -w FILE"),
            (WriteFile == "-" && (rotates || Command is not null), "-C, -G and -z need a file, not standard output"),
            (FileCount is not null && !rotates, "-W needs -C or -G"),
            (Comment is not null && !Pcapng, "--comment needs --pcapng"),
            (FileSize is not (null or (> 0 and <= LargestFileSize)), $"-C is out of range: more than 0, up to {LargestFileSize} million bytes"),
        ];
        foreach ((bool wrong, string message) in rules)
        {
            if (wrong)
            {
                throw new OperationFailedException(message);
            }
        }

        return WriteFile is null ? null : new FileSettings
        {
            Path = WriteFile,
            Pcapng = Pcapng,
            Nanoseconds = Nanoseconds,
            Comment = Comment,
            Filter = filter,
            RotateBytes = (long)((FileSize ?? 0) * 1_000_000),
            RotateSeconds = RotateSeconds is long seconds ? Within(seconds, "-G", 1, LongestDuration) : 0,
            FileCount = FileCount is int count ? (int)Within(count, "-W", 1, int.MaxValue) : 0,
            Command = Command,
        };
    }

    private string ReadFilter()
    {
        string words = string.Join(' ', Filter);
        if (FilterFile is null)
        {
            return words;
        }

        if (words.Length > 0)
        {
            throw new OperationFailedException("a FILTER and -F exclude each other", "write the filter here or in the file");
        }

        try
        {
            return File.ReadAllText(FilterFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperationFailedException($"reading the filter in {FilterFile} failed: is it there, and readable?");
        }
    }

    private FrameDirections ReadDirection() => Direction switch
    {
        null or "inout" => FrameDirections.Both,
        "in" => FrameDirections.In,
        "out" => FrameDirections.Out,
        _ => throw new OperationFailedException($"-Q {Direction} is no direction", "in, out or inout"),
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
