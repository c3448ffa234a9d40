using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Capture;

/// <summary>What to capture and what to do with it, checked.</summary>
internal sealed record CaptureSettings
{
    /// <summary>The interfaces; none, to take the first that is up.</summary>
    public IReadOnlyList<string> Interfaces { get; init; } = [];

    /// <summary>Rings for each interface.</summary>
    public int Readers { get; init; } = 1;

    /// <summary>How frames are shared among the rings of an interface.</summary>
    public FanoutMode Fanout { get; init; }

    /// <summary>The file to read instead of an interface, or null.</summary>
    public string? ReadFile { get; init; }

    /// <summary>A file with the names of the files to read, or null.</summary>
    public string? ReadList { get; init; }

    /// <summary>Whether files are read instead of interfaces.</summary>
    public bool ReadsFiles => ReadFile is not null || ReadList is not null;

    /// <summary>List the interfaces, and nothing else.</summary>
    public bool ListInterfaces { get; init; }

    /// <summary>List the link types of the interfaces, and nothing else.</summary>
    public bool ListLinkTypes { get; init; }

    /// <summary>The link type that is wanted, or null for any.</summary>
    public int? LinkType { get; init; }

    /// <summary>The descriptor of <see cref="NetTools.Terminal.ReadySignal"/>, or null.</summary>
    public int? ReadyDescriptor { get; init; }

    /// <summary>The file for the process id, or null.</summary>
    public string? PidFile { get; init; }

    /// <summary>Whether files of the user are read or written.</summary>
    public bool UsesFiles => ReadsFiles || Output is not null || FilterFile is not null || Print.PlotFile is not null
        || PidFile is not null;

    /// <summary>The file or files to write, or null.</summary>
    public FileSettings? Output { get; init; }

    /// <summary>An expression of pcap-filter(7); empty takes everything.</summary>
    public string Filter { get; init; } = "";

    /// <summary>The file that holds the filter, or null.</summary>
    public string? FilterFile { get; init; }

    /// <summary>Frames after which to stop; 0 for no limit.</summary>
    public long Count { get; init; }

    /// <summary>The most bytes to keep of a frame.</summary>
    public int Snaplen { get; init; }

    /// <summary>Whether to ask the card for frames addressed to others.</summary>
    public bool Promiscuous { get; init; }

    /// <summary>Which frames to capture.</summary>
    public FrameDirections Direction { get; init; } = FrameDirections.Both;

    /// <summary>After how long to stop, or null.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The user to become once the sockets are open, or null for the one who called sudo.</summary>
    public string? User { get; init; }

    /// <summary>How to print the compiled filter instead of capturing; <see cref="ListingStyle.None"/> to capture.</summary>
    public ListingStyle ListFilter { get; init; }

    /// <summary>Whether libpcap optimises the filter.</summary>
    public bool OptimizesFilter { get; init; } = true;

    /// <summary>Whether to list the types of time stamps instead of capturing.</summary>
    public bool ListTimeStampTypes { get; init; }

    /// <summary>The kernel's ring.</summary>
    public RingSettings Ring { get; init; }

    /// <summary>Whether to go without a sandbox.</summary>
    public bool NoSandbox { get; init; }

    /// <summary>What to print.</summary>
    public PrintSettings Print { get; init; } = new();
}
