using System.Globalization;
using System.Text;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using NetTools.Terminal;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Reads pcapng (draft-ietf-opsawg-pcapng): any number of sections, each in its own byte order, with interfaces of different link
/// type, snaplen and resolution; enhanced, simple and obsolete packet blocks. Other blocks are handed on as they are.
/// </summary>
internal sealed class PcapngReader(ByteSource source) : CaptureReader
{
    private const int MostInterfaces = 65536;
    private const ushort DropsUnknown = 0xffff;

    private readonly PcapngBlockReader _blocks = new(source);
    private readonly List<PcapngInterface> _interfaces = [];
    private bool _inSection;
    private ulong _dropped;

    /// <summary>True when a file begins so: its first four bytes.</summary>
    public static bool Knows(ReadOnlySpan<byte> begin) => begin is [0x0a, 0x0d, 0x0d, 0x0a, ..];

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Block => _blocks.Whole;

    /// <inheritdoc/>
    public override ulong Dropped => _interfaces.Aggregate(_dropped, (sum, one) => sum + one.Dropped);

    /// <inheritdoc/>
    public override SavedItem Next(ref CapturedFrame frame)
    {
        if (!_blocks.Next())
        {
            return SavedItem.End;
        }

        ReadOnlySpan<byte> body = _blocks.Body;
        switch (_blocks.Type)
        {
            case PcapngFormat.SectionHeader:
                BeginSection(body);
                return SavedItem.Section;
            case PcapngFormat.InterfaceDescription:
                Describe(body);
                return SavedItem.Interface;
            case PcapngFormat.EnhancedPacket:
                ReadEnhanced(body, ref frame);
                break;
            case PcapngFormat.SimplePacket:
                ReadSimple(body, ref frame);
                break;
            case PcapngFormat.ObsoletePacket:
                ReadObsolete(body, ref frame);
                break;
            case PcapngFormat.InterfaceStatistics:
                ReadStatistics(body);
                return SavedItem.Block;
            default:
                return SavedItem.Block;
        }

        frame.Block = _blocks.Whole;
        return SavedItem.Frame;
    }

    /// <inheritdoc/>
    public override void Dispose() => _blocks.Dispose();

    private void BeginSection(ReadOnlySpan<byte> body)
    {
        if (body.Length < 16)
        {
            throw new OperationFailedException("a section header of the pcapng file is too short");
        }

        if (_blocks.Half(body[4..]) != 1)
        {
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture,
                $"pcapng version {_blocks.Half(body[4..])}.{_blocks.Half(body[6..])} is not known"));
        }

        _dropped = Dropped;
        _interfaces.Clear();
        _inSection = true;
        Origin = null!;
    }

    private void Describe(ReadOnlySpan<byte> body)
    {
        if (!_inSection || body.Length < 8 || _interfaces.Count >= MostInterfaces)
        {
            throw new OperationFailedException("an interface description of the pcapng file is broken");
        }

        PcapngInterface description = new() { Snaplen = _blocks.Word(body[4..]) };
        string? name = null;
        PcapngOptionReader options = new(_blocks.Options(body[8..]));
        while (options.Next())
        {
            switch (options.Code)
            {
                case PcapngFormat.TimeResolution when options.Value.Length >= 1:
                    description.SetResolution(options.Value[0]);
                    break;
                case PcapngFormat.TimeOffset when options.Value.Length >= 8:
                    description.OffsetS = BitConverter.ToInt64(options.Value);
                    break;
                case PcapngFormat.InterfaceName:
                    name ??= Encoding.UTF8.GetString(options.Value).TrimEnd('\0');
                    break;
            }
        }

        Origin = new FrameOrigin(name, LinkType.FromFile(_blocks.Half(body)), (int)Math.Min(description.Snaplen, int.MaxValue),
            _interfaces.Count)
        {
            Block = _blocks.Whole.ToArray(),
        };
        description.Origin = Origin;
        _interfaces.Add(description);
        if (_interfaces.Count > 1)
        {
            _interfaces.ForEach(one => one.Origin.IsOneOfSeveral = true);
        }
    }

    private void ReadEnhanced(ReadOnlySpan<byte> body, ref CapturedFrame frame)
    {
        Need(body, 20);
        PcapngInterface from = Interface(_blocks.Word(body));
        ReadPacket(body, from, ref frame);
    }

    private void ReadObsolete(ReadOnlySpan<byte> body, ref CapturedFrame frame)
    {
        Need(body, 20);
        ushort drops = _blocks.Half(body[2..]);
        ReadPacket(body, Interface(_blocks.Half(body)), ref frame);
        frame.DroppedBefore = drops == DropsUnknown ? 0 : drops;
    }

    /// <summary>What enhanced and obsolete packet blocks have in common.</summary>
    private void ReadPacket(ReadOnlySpan<byte> body, PcapngInterface from, ref CapturedFrame frame)
    {
        Fill(ref frame, from, Bytes(body, 20, _blocks.Word(body[12..])), _blocks.Word(body[16..]));
        from.Place(ref frame, _blocks.Word(body[4..]), _blocks.Word(body[8..]));
        ReadOptions(body[Math.Min(body.Length, After(20, frame.Bytes.Length))..], ref frame);
    }

    private void ReadSimple(ReadOnlySpan<byte> body, ref CapturedFrame frame)
    {
        Need(body, 4);
        PcapngInterface from = Interface(0);
        uint length = _blocks.Word(body);
        // It does not say how much was captured: all, or the snaplen of the interface.
        uint captured = from.Snaplen == 0 ? length : Math.Min(length, from.Snaplen);
        Fill(ref frame, from, Bytes(body, 4, captured), length);
        frame.LacksTime = true;
    }

    private static void Fill(ref CapturedFrame frame, PcapngInterface from, ReadOnlySpan<byte> bytes, uint length) =>
        frame = new CapturedFrame
        {
            Bytes = bytes,
            Length = length,
            Origin = from.Origin,
            PacketType = Cooked.PacketType(bytes, from.Origin.LinkType),
        };

    private void ReadOptions(ReadOnlySpan<byte> bytes, ref CapturedFrame frame)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        frame.Options = _blocks.Options(bytes);
        PcapngOptionReader options = new(frame.Options);
        while (options.Next())
        {
            if (options.Code == PcapngFormat.PacketFlags && options.Value.Length == 4)
            {
                int type = PcapngFormat.PacketType(BitConverter.ToUInt32(options.Value));
                frame.PacketType = type >= 0 ? type : frame.PacketType;
            }
            else if (options.Code == PcapngFormat.PacketDropped && options.Value.Length == 8)
            {
                frame.DroppedBefore = (long)Math.Min(BitConverter.ToUInt64(options.Value), long.MaxValue);
            }
        }
    }

    private void ReadStatistics(ReadOnlySpan<byte> body)
    {
        Need(body, 12);
        PcapngInterface from = Interface(_blocks.Word(body));
        PcapngOptionReader options = new(_blocks.Options(body[12..]));
        while (options.Next())
        {
            if (options.Value.Length == 8 && options.Code == PcapngFormat.Dropped)
            {
                from.DroppedByInterface = BitConverter.ToUInt64(options.Value);
            }
            else if (options.Value.Length == 8 && options.Code == PcapngFormat.DroppedBySystem)
            {
                from.DroppedBySystem = BitConverter.ToUInt64(options.Value);
            }
        }
    }

    private PcapngInterface Interface(uint number) => number < (uint)_interfaces.Count ? _interfaces[(int)number]
        : throw new OperationFailedException($"a frame of the pcapng file is of interface {number}, which it does not describe");

    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> body, int at, uint captured) =>
        captured <= (uint)(body.Length - at)
        ? body.Slice(at, (int)captured)
        : throw new OperationFailedException($"a frame of the pcapng file claims {Figures.PlainCount(captured, "byte")}, more "
            + $"than its block holds");

    private static int After(int at, int captured) => at + ((captured + 3) & ~3);

    private static void Need(ReadOnlySpan<byte> body, int bytes)
    {
        if (body.Length < bytes)
        {
            throw new OperationFailedException("a block of the pcapng file is too short for its type");
        }
    }
}
