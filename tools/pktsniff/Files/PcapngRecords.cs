using System.Text;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.Terminal;

namespace NetTools.PktSniff.Files;

/// <summary>
/// A pcapng file: an interface description for each origin, statistics at the end of a live capture. Blocks of a pcapng file that
/// was read are written as they stand there, in a section of its byte order, so that nothing of them is lost.
/// </summary>
internal sealed class PcapngRecords(FileSettings settings) : FrameRecords
{

    private readonly ulong _startNs = (ulong)(DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
    private readonly Dictionary<FrameOrigin, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private byte[] _section = [];
    private FrameOrigin? _last;
    private int _lastNumber;

    /// <inheritdoc/>
    public override bool HasSections => true;

    /// <inheritdoc/>
    public override bool IsForeign => _section.Length > 0;

    /// <inheritdoc/>
    public override void BeginSection(ReadOnlySpan<byte> block)
    {
        _section = block.IsEmpty ? []
            : settings.Comment is null ? block.ToArray()
            : PcapngEdit.WithOption(block, block, PcapngFormat.Comment, Encoding.UTF8.GetBytes(settings.Comment),
                replaces: false);
        if (IsForeign)
        {
            PcapngEdit.ForgetSectionLength(_section);
        }
    }

    /// <inheritdoc/>
    public override void Begin(CaptureFile file, IReadOnlyList<FrameOrigin> origins)
    {
        _numbers.Clear();
        _last = null;
        file.Add(IsForeign ? _section : PcapngFormat.Section(
            $"Linux {Environment.OSVersion.Version}", $"{ErrorLine.Tool} {Terminal.Command.Version}", settings.Comment));
        foreach (FrameOrigin origin in origins)
        {
            Add(file, origin);
        }
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, FrameOrigin origin)
    {
        _numbers.Add(origin, _numbers.Count);
        file.Add(origin.Block.Length == 0
            ? PcapngFormat.Interface(origin.LinkType, origin.Snaplen, origin.Interface, settings.Filter)
            : settings.Filter.Length == 0 ? origin.Block
            : PcapngEdit.WithOption(origin.Block, _section, PcapngFormat.Filter, PcapngFormat.FilterValue(settings.Filter),
                replaces: true));
    }

    /// <inheritdoc/>
    public override void Add(CaptureFile file, scoped in CapturedFrame frame)
    {
        if (!frame.Block.IsEmpty)
        {
            file.Add(frame.Block);
            return;
        }

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

        ulong time = unchecked((ulong)frame.Seconds * (ulong)TimeUnits.Second + frame.Nanoseconds);
        file.Advance(PcapngFormat.WritePacket(file.Room(frame.Bytes.Length + PcapngFormat.MostAroundFrame), _lastNumber, time,
            frame.Bytes, (uint)frame.Length, PcapngFormat.Flags(frame.PacketType)));
    }

    /// <inheritdoc/>
    public override void HandOn(CaptureFile file, ReadOnlySpan<byte> block)
    {
        // Some are not to be copied where the frames around them are not all copied.
        if (settings.Filter.Length == 0 || !PcapngEdit.IsNotForChangedFiles(block, _section))
        {
            file.Add(block);
        }
    }

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
}
