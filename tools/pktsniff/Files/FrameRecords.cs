using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.Terminal;

namespace NetTools.PktSniff.Files;

/// <summary>Writes frames in the records of a file format.</summary>
internal abstract class FrameRecords
{
    /// <summary>The records of a format.</summary>
    public static FrameRecords In(FileSettings settings) => settings.Pcapng ? new PcapngRecords(settings)
        : new PcapRecords(settings.Nanoseconds, settings.SnaplenVaries);

    /// <summary>Writes what a file begins with.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="origins">Where frames come from so far, by their <see cref="FrameOrigin.Number"/>.</param>
    public abstract void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins);

    /// <summary>Writes what must stand before the first frame of another origin.</summary>
    public abstract void Add(CaptureFile file, FrameOrigin origin);

    /// <summary>Writes a frame.</summary>
    public abstract void Add(CaptureFile file, scoped in CapturedFrame frame);

    /// <summary>Whether what is written has sections, of which one begins with each section that is read.</summary>
    public virtual bool HasSections => false;

    /// <summary>Whether the section is one of a file that was read, whose blocks are written as they stand there.</summary>
    public virtual bool IsForeign => false;

    /// <summary>The next section is to begin with this header of a section that was read; an empty one, with our own.</summary>
    public virtual void BeginSection(ReadOnlySpan<byte> block)
    {
    }

    /// <summary>Writes a block of a pcapng file that was read, where the format has blocks.</summary>
    public virtual void HandOn(CaptureFile file, ReadOnlySpan<byte> block)
    {
    }

    /// <summary>Writes how the capture went, where the format has a place for it.</summary>
    public abstract void End(CaptureFile file, IReadOnlyList<OriginCounters> counters);
}

/// <summary>A pcap file: one link type.</summary>
/// <param name="nanoseconds">Nanoseconds rather than microseconds.</param>
/// <param name="snaplenVaries">Frames of other snapshot lengths may follow the first ones.</param>
internal sealed class PcapRecords(bool nanoseconds, bool snaplenVaries) : FrameRecords
{
    // The most libpcap reads of a frame; what is beyond is left out, which the record says.
    private const int LargestSnaplen = 262144;

    private int _linkType = -1;
    private bool _wraps;

    /// <inheritdoc/>
    public override void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins)
    {
        _linkType = origins[0].LinkType;
        _wraps = false;
        // Interfaces of a pcapng file may come later, with a snapshot length of their own.
        bool varies = snaplenVaries || origins.Any(origin => origin.Block.Length > 0);
        PcapFormat.WriteFileHeader(file.Room(PcapFormat.FileHeaderLength), _linkType,
            varies ? LargestSnaplen : origins.Max(origin => origin.Snaplen), nanoseconds);
        file.Advance(PcapFormat.FileHeaderLength);
        foreach (FrameOrigin origin in origins)
        {
            Add(file, origin);
        }
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, FrameOrigin origin)
    {
        if (origin.LinkType != _linkType)
        {
            throw new OperationFailedException(
                $"frames of link types {LinkTypeNames.Name(_linkType)} and {LinkTypeNames.Name(origin.LinkType)} "
                    + "do not go into one pcap file", "they do with --pcapng");
        }
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, scoped in CapturedFrame frame)
    {
        ReadOnlySpan<byte> bytes = frame.Bytes[..Math.Min(frame.Bytes.Length, LargestSnaplen)];
        Span<byte> room = file.Room(PcapFormat.RecordHeaderLength + bytes.Length);
        if (frame.Seconds > uint.MaxValue && !_wraps)
        {
            _wraps = true; // once a file
            ErrorLine.Write($"{file.Path}: times after 2106 do not fit a pcap file", "use --pcapng");
        }

        uint fraction = nanoseconds ? frame.Nanoseconds : frame.Nanoseconds / 1000;
        PcapFormat.WriteRecordHeader(room, (uint)frame.Seconds, fraction, bytes.Length, (uint)frame.Length);
        bytes.CopyTo(room[PcapFormat.RecordHeaderLength..]);
        file.Advance(PcapFormat.RecordHeaderLength + bytes.Length);
    }

    /// <inheritdoc/>
    public override void End(CaptureFile file, IReadOnlyList<OriginCounters> counters)
    {
    }
}
