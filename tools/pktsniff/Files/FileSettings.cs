namespace NetTools.PktSniff.Files;

/// <summary>Which capture file to write, and when to begin another.</summary>
internal sealed record FileSettings
{
    /// <summary>The file, <c>-</c> for standard output; a format of strftime(3) when files change with the time.</summary>
    public required string Path { get; init; }

    /// <summary>pcapng rather than pcap.</summary>
    public bool Pcapng { get; init; }

    /// <summary>Nanoseconds rather than microseconds in a pcap file; pcapng files always have them.</summary>
    public bool Nanoseconds { get; init; }

    /// <summary>Several files are read, each with a snapshot length of its own.</summary>
    public bool SnaplenVaries { get; init; }

    /// <summary>A remark at the beginning of a pcapng file, or null.</summary>
    public string? Comment { get; init; }

    /// <summary>The filter, to be told in a pcapng file.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Bytes after which to begin another file; 0 for no limit.</summary>
    public long RotateBytes { get; init; }

    /// <summary>Seconds after which to begin another file; 0 for no limit.</summary>
    public long RotateSeconds { get; init; }

    /// <summary>How many files there may be; 0 for no limit.</summary>
    public int FileCount { get; init; }

    /// <summary>A program to start with the name of each finished file, or null.</summary>
    public string? Command { get; init; }

    /// <summary>Whether the file's name depends on the time of its first frame.</summary>
    public bool NamedByTime => RotateSeconds > 0;

    /// <summary>Files change at multiples of <see cref="RotateSeconds"/> of the clock, UTC.</summary>
    public bool Align { get; init; }

    /// <summary>Each frame is written out at once.</summary>
    public bool PacketBuffered { get; init; }
}
