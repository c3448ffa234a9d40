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
        : new PcapRecords(settings.Nanoseconds);

    /// <summary>Writes what a file begins with.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="origins">Where frames come from so far, by their <see cref="FrameOrigin.Number"/>.</param>
    public abstract void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins);

    /// <summary>Writes what must stand before the first frame of another origin.</summary>
    public abstract void Add(CaptureFile file, FrameOrigin origin);

    /// <summary>Writes a frame.</summary>
    public abstract void Add(CaptureFile file, scoped in CapturedFrame frame);

    /// <summary>The next file or section is to carry these options of a section that was read.</summary>
    public virtual void BeginSection(byte[] options)
    {
    }

    /// <summary>Writes a block of a pcapng file that was read, where the format has blocks.</summary>
    public virtual void HandOn(CaptureFile file, byte[] block)
    {
    }

    /// <summary>Whether each section read starts a new section in what is written.</summary>
    public virtual bool HasSections => false;

    /// <summary>Writes how the capture went, where the format has a place for it.</summary>
    public abstract void End(CaptureFile file, IReadOnlyList<OriginCounters> counters);
}

/// <summary>A pcap file: one link type.</summary>
internal sealed class PcapRecords(bool nanoseconds) : FrameRecords
{
    private int _linkType = -1;

    /// <inheritdoc/>
    public override void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins)
    {
        _linkType = origins[0].LinkType;
        PcapFormat.WriteFileHeader(file.Room, _linkType, origins.Max(origin => origin.Snaplen), nanoseconds);
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
                $"frames of link types {_linkType} and {origin.LinkType} do not go into one pcap file", "they do with --pcapng");
        }
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, scoped in CapturedFrame frame)
    {
        Span<byte> room = file.Room;
        uint fraction = nanoseconds ? frame.Nanoseconds : frame.Nanoseconds / 1000;
        PcapFormat.WriteRecordHeader(room, (uint)frame.Seconds, fraction, frame.Bytes.Length, (uint)frame.Length);
        frame.Bytes.CopyTo(room[PcapFormat.RecordHeaderLength..]);
        file.Advance(PcapFormat.RecordHeaderLength + frame.Bytes.Length);
    }

    /// <inheritdoc/>
    public override void End(CaptureFile file, IReadOnlyList<OriginCounters> counters)
    {
    }
}

/// <summary>A pcapng file: an interface description for each origin, statistics at the end of each section.</summary>
internal sealed class PcapngRecords(FileSettings settings) : FrameRecords
{
    private const ulong NsPerS = 1_000_000_000;
    private const int OperatingSystem = 3;
    private const int Application = 4;
    private const int FilterOption = 11;

    private readonly ulong _startNs = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
    private readonly Dictionary<FrameOrigin, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private byte[] _section = [];
    private FrameOrigin? _last;
    private int _lastNumber;

    /// <inheritdoc/>
    public override void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins)
    {
        _numbers.Clear();
        _last = null;
        file.Add(PcapngFormat.Section($"Linux {Environment.OSVersion.Version}", $"{ErrorLine.Tool} {Terminal.Command.Version}",
            settings.Comment, _section));
        foreach (FrameOrigin origin in origins)
        {
            Add(file, origin);
        }
    }

    /// <inheritdoc/>
    public override bool HasSections => true;

    /// <inheritdoc/>
    public override void BeginSection(byte[] options)
    {
        // Comments and custom options stay; who wrote this file is another.
        List<byte> kept = [];
        PcapngOptionReader reader = new(options);
        while (reader.Next())
        {
            if (reader.Code is not (OperatingSystem or Application))
            {
                kept.AddRange(reader.Whole);
            }
        }

        _section = [.. kept];
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, FrameOrigin origin)
    {
        _numbers.Add(origin, _numbers.Count);
        List<byte> kept = [];
        PcapngOptionReader reader = new(origin.Options);
        bool filtered = settings.Filter.Length > 0;
        bool named = false;
        while (reader.Next())
        {
            named |= reader.Code == PcapngFormat.InterfaceName;
            if (!(filtered && reader.Code == FilterOption))
            {
                kept.AddRange(reader.Whole);
            }
        }

        file.Add(PcapngFormat.Interface(
            origin.LinkType, origin.Snaplen, named ? null : origin.Interface, settings.Filter, [.. kept]));
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, scoped in CapturedFrame frame)
    {
        if (!ReferenceEquals(frame.Origin, _last))
        {
            if (!_numbers.TryGetValue(frame.Origin, out _lastNumber))
            {
                // One of the interfaces behind -i any.
                Add(file, frame.Origin);
                _lastNumber = _numbers[frame.Origin];
            }

            _last = frame.Origin;
        }

        ulong time = unchecked((ulong)frame.Seconds * NsPerS + frame.Nanoseconds);
        file.Advance(PcapngFormat.WritePacket(
            file.Room, _lastNumber, time, frame.Bytes, (uint)frame.Length, PcapngFormat.Flags(frame.PacketType),
            WithoutEnd(frame.Options)));
    }

    /// <inheritdoc/>
    public override void HandOn(CaptureFile file, byte[] block) => file.Add(block);

    /// <inheritdoc/>
    public override void End(CaptureFile file, IReadOnlyList<OriginCounters> counters)
    {
        ulong now = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        foreach (OriginCounters one in counters)
        {
            if (_numbers.TryGetValue(one.Origin, out int number))
            {
                file.Add(PcapngFormat.Statistics(
                    number, _startNs, now, one.Received, one.Dropped, one.Received - Math.Min(one.Received, one.Dropped)));
            }
        }
    }

    private static ReadOnlySpan<byte> WithoutEnd(ReadOnlySpan<byte> options)
    {
        int end = 0;
        PcapngOptionReader reader = new(options);
        while (reader.Next())
        {
            end += reader.Whole.Length;
        }

        return options[..end];
    }
}
