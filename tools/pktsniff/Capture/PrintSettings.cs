using NetTools.PktSniff.Traffic;

namespace NetTools.PktSniff.Capture;

/// <summary>What to print, checked.</summary>
internal sealed record PrintSettings
{
    /// <summary>Whether frames are printed one by one.</summary>
    public bool Frames { get; init; }

    /// <summary>JSON instead of text.</summary>
    public bool Json { get; init; }

    /// <summary>The fields to print, or null; none to list their names.</summary>
    public IReadOnlyList<string>? Fields { get; init; }

    /// <summary>The conversations are listed at the end.</summary>
    public bool Streams { get; init; }

    /// <summary>The conversation whose bytes are printed, or null.</summary>
    public StreamSelector? Follow { get; init; }

    /// <summary>Only the number of frames is printed.</summary>
    public bool CountOnly { get; init; }

    /// <summary>Nanoseconds in printed times.</summary>
    public bool Nanoseconds { get; init; }

    /// <summary>Whether every line is written out at once.</summary>
    public bool LineBuffered { get; init; }

    /// <summary>Tables at the end.</summary>
    public bool Summary { get; init; }

    /// <summary>Tables as frames come.</summary>
    public bool Top { get; init; }

    /// <summary>Seconds between tables, and of a row of the plot's file.</summary>
    public double Interval { get; init; } = 1;

    /// <summary>The file for gnuplot, or null.</summary>
    public string? PlotFile { get; init; }

    /// <summary>Colours or not; null for the terminal to decide.</summary>
    public bool? Colors { get; init; }

    /// <summary>Whether anything is to be seen as frames come, so that they have to come soon.</summary>
    public bool IsLive => Frames || Follow is not null || Top || PlotFile is not null;

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

    /// <summary>Transport checksums are not checked.</summary>
    public bool SkipChecksums { get; init; }

    /// <summary>Nine digits of a second instead of six.</summary>
    public bool Nanoseconds { get; init; }

    /// <summary>TCP sequence numbers as they are, not counted from the connection's first.</summary>
    public bool AbsoluteSequences { get; init; }

    /// <summary>The frame's number before its line.</summary>
    public bool Numbers { get; init; }

    /// <summary>What stands at the beginning of a line.</summary>
    public TimeStyle Time { get; init; } = TimeStyle.TimeOfDay;

    /// <summary>The packet's bytes below its line.</summary>
    public HexStyle Hex { get; init; }

    /// <summary>Colours, by the escape sequences of terminals.</summary>
    public bool Colors { get; init; }

    /// <summary>The link layer's bytes, too.</summary>
    public bool HexOfLink { get; init; }
}

/// <summary>Whether bytes are printed, and how.</summary>
internal enum HexStyle
{
    None,
    Hex,
    HexAndText,
    Text,
}

/// <summary>How the time is printed; the order is the number of times <c>-t</c> is given.</summary>
internal enum TimeStyle
{
    TimeOfDay,
    None,
    Seconds,
    SincePrevious,
    DateAndTime,
    SinceFirst,
}
