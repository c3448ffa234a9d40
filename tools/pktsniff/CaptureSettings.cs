using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Files;

namespace NetTools.PktSniff;

/// <summary>What to capture and what to do with it, checked.</summary>
internal sealed record CaptureSettings
{
    /// <summary>The interface, or null to take the first that is up.</summary>
    public string? Interface { get; init; }

    /// <summary>The file to read instead of an interface, or null.</summary>
    public string? ReadFile { get; init; }

    /// <summary>The file or files to write, or null.</summary>
    public FileSettings? Output { get; init; }

    /// <summary>An expression of pcap-filter(7); empty takes everything.</summary>
    public string Filter { get; init; } = "";

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

    /// <summary>Print the compiled filter, and nothing else.</summary>
    public bool ListFilter { get; init; }

    /// <summary>The kernel's ring.</summary>
    public RingSettings Ring { get; init; }

    /// <summary>JSON instead of text.</summary>
    public bool Json { get; init; }

    /// <summary>Whether frames are printed at all: not when they go to a file, unless asked for.</summary>
    public bool Print { get; init; }

    /// <summary>Whether every line is written out at once.</summary>
    public bool LineBuffered { get; init; }

    /// <summary>How lines of text look.</summary>
    public TextStyle Style { get; init; } = new();
}

/// <summary>How frames are printed as text.</summary>
internal sealed record TextStyle
{
    /// <summary>More of the link layer: EtherType by number, length of the frame.</summary>
    public bool LinkDetails { get; init; }

    /// <summary>Less: no link layer, one word a protocol.</summary>
    public bool Quick { get; init; }

    /// <summary>More of the IP header, and checksums that are right, too.</summary>
    public bool Verbose { get; init; }

    /// <summary>TCP sequence numbers as they are, not counted from the connection's first.</summary>
    public bool AbsoluteSequences { get; init; }

    /// <summary>The frame's number before its line.</summary>
    public bool Numbers { get; init; }

    /// <summary>What stands at the beginning of a line.</summary>
    public TimeStyle Time { get; init; } = TimeStyle.TimeOfDay;

    /// <summary>The packet's bytes below its line.</summary>
    public HexStyle Hex { get; init; }
}

/// <summary>Whether bytes are printed, and how.</summary>
internal enum HexStyle
{
    None,
    Hex,
    HexAndText,
    Text,
}

/// <summary>How the time is printed; the order is that of <c>-t</c> given so many times.</summary>
internal enum TimeStyle
{
    TimeOfDay,
    None,
    Seconds,
    SincePrevious,
    DateAndTime,
    SinceFirst,
}
