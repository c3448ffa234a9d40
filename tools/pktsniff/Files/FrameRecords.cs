using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.Terminal;
using Tmds.Linux;

namespace NetTools.PktSniff.Files;

/// <summary>Writes frames in the records of a file format.</summary>
internal abstract class FrameRecords
{
    /// <summary>The records of a format.</summary>
    public static FrameRecords In(FileSettings settings) => settings.Pcapng ? new PcapngRecords(settings) : new PcapRecords(settings.Nanoseconds);

    /// <summary>Writes what a file begins with.</summary>
    /// <param name="file">Where to.</param>
    /// <param name="origins">Where frames come from so far, by their <see cref="FrameOrigin.Number"/>.</param>
    public abstract void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins);

    /// <summary>Writes what must stand before the first frame of another origin.</summary>
    public abstract void Add(CaptureFile file, FrameOrigin origin);

    /// <summary>Writes a frame.</summary>
    public abstract void Add(CaptureFile file, scoped in CapturedFrame frame);

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
        PcapFormat.WriteRecordHeader(room, (uint)frame.Seconds, fraction, frame.Bytes.Length, frame.Length);
        frame.Bytes.CopyTo(room[PcapFormat.RecordHeaderLength..]);
        file.Advance(PcapFormat.RecordHeaderLength + frame.Bytes.Length);
    }

    /// <inheritdoc/>
    public override void End(CaptureFile file, IReadOnlyList<OriginCounters> counters)
    {
    }
}

/// <summary>A pcapng file: an interface description for each origin, statistics at the end.</summary>
internal sealed class PcapngRecords(FileSettings settings) : FrameRecords
{
    private const ulong NsPerS = 1_000_000_000;

    private readonly ulong _startNs = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    /// <inheritdoc/>
    public override void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins)
    {
        file.Add(PcapngFormat.Section(
            $"Linux {Environment.OSVersion.Version}", $"{ErrorLine.Tool} {Terminal.Command.Version}", settings.Comment));
        foreach (FrameOrigin origin in origins)
        {
            Add(file, origin);
        }
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, FrameOrigin origin) =>
        file.Add(PcapngFormat.Interface(origin.LinkType, origin.Snaplen, origin.Interface, settings.Filter));

    /// <inheritdoc/>
    public override void Add(CaptureFile file, scoped in CapturedFrame frame)
    {
        ulong time = unchecked((ulong)frame.Seconds * NsPerS + frame.Nanoseconds);
        uint direction = frame.PacketType < 0 ? 0u : frame.PacketType == LibC.PACKET_OUTGOING ? 2u : 1u;
        file.Advance(PcapngFormat.WritePacket(file.Room, frame.Origin.Number, time, frame.Bytes, frame.Length, direction));
    }

    /// <inheritdoc/>
    public override void End(CaptureFile file, IReadOnlyList<OriginCounters> counters)
    {
        ulong now = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        foreach (OriginCounters one in counters)
        {
            file.Add(PcapngFormat.Statistics(
                one.Origin.Number, _startNs, now, one.Received, one.Dropped, one.Received - Math.Min(one.Received, one.Dropped)));
        }
    }
}
