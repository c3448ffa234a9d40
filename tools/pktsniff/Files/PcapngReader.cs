using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Reads pcapng (draft-ietf-opsawg-pcapng): any number of sections, each in its own byte order, with interfaces of different link
/// type, snaplen and resolution; enhanced, simple and obsolete packet blocks. What is not known is passed over.
/// </summary>
internal sealed class PcapngReader(ByteSource source) : CaptureReader
{
    private const int LargestBlock = 16 * 1024 * 1024;
    private const int SmallestBlock = 12;
    private const int BlockHead = 8;
    private const int MostInterfaces = 65536;
    private const uint NsPerS = 1_000_000_000;
    private const uint NameResolution = 4;
    private const uint Custom = 0xbad;

    private readonly List<Described> _interfaces = [];
    private byte[] _options = new byte[256];
    private bool _swapped;
    private bool _inSection;
    private int _skip;
    private ulong _dropped;

    /// <summary>True when a file begins so: its first four bytes.</summary>
    public static bool Knows(ReadOnlySpan<byte> begin) => begin is [0x0a, 0x0d, 0x0d, 0x0a, ..];

    /// <inheritdoc/>
    public override IReadOnlyList<OriginCounters> Counters =>
        [.. _interfaces.Where(one => one.HasStatistics).Select(one => new OriginCounters(one.Origin, one.Received, one.Dropped))];

    /// <inheritdoc/>
    public override ulong Dropped => _interfaces.Aggregate(_dropped, (sum, one) => sum + one.Dropped);

    /// <inheritdoc/>
    public override SavedItem Next(ref CapturedFrame frame)
    {
        while (true)
        {
            source.Skip(_skip); // the block whose bytes the last frame used
            _skip = 0;
            ReadOnlySpan<byte> block = ReadBlock(out uint type);
            if (block.IsEmpty)
            {
                return SavedItem.End;
            }

            _skip = block.Length;
            ReadOnlySpan<byte> body = block[BlockHead..^4];
            switch (type)
            {
                case PcapngFormat.SectionHeader:
                    BeginSection(body);
                    return SavedItem.Section;
                case PcapngFormat.InterfaceDescription:
                    Describe(body);
                    return SavedItem.Interface;
                case PcapngFormat.EnhancedPacket:
                    ReadEnhanced(body, ref frame);
                    return SavedItem.Frame;
                case PcapngFormat.SimplePacket:
                    ReadSimple(body, ref frame);
                    return SavedItem.Frame;
                case PcapngFormat.ObsoletePacket:
                    ReadObsolete(body, ref frame);
                    return SavedItem.Frame;
                case PcapngFormat.InterfaceStatistics:
                    ReadStatistics(body);
                    break;
                case NameResolution or Custom when !_swapped:
                    Block = block.ToArray();
                    return SavedItem.Block;
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => source.Dispose();

    /// <summary>The next block with its lengths, which agree; nothing at the end of the file.</summary>
    private ReadOnlySpan<byte> ReadBlock(out uint type)
    {
        ReadOnlySpan<byte> head = source.Peek(BlockHead + 4);
        type = 0;
        if (head.IsEmpty)
        {
            return default;
        }

        if (head.Length < BlockHead + 4)
        {
            throw Cut();
        }

        if (Knows(head))
        {
            // It says in which byte order everything that follows is, its own length included.
            uint magic = BitConverter.ToUInt32(head[BlockHead..]);
            _swapped = magic == BinaryPrimitives.ReverseEndianness(PcapngFormat.ByteOrderMagic);
            if (!_swapped && magic != PcapngFormat.ByteOrderMagic)
            {
                throw new OperationFailedException("a section of the pcapng file has no byte-order magic");
            }
        }

        type = Word(head);
        uint length = Word(head[4..]);
        if (length is < SmallestBlock or > LargestBlock)
        {
            throw new OperationFailedException($"a block of the pcapng file claims {length} bytes");
        }

        int whole = (int)(length + 3) & ~3;
        ReadOnlySpan<byte> block = source.Peek(whole);
        if (block.Length < whole)
        {
            throw Cut();
        }

        return Word(block[^4..]) == length ? block
            : throw new OperationFailedException("a block of the pcapng file claims two lengths");
    }

    private void BeginSection(ReadOnlySpan<byte> body)
    {
        if (body.Length < 16)
        {
            throw new OperationFailedException("a section header of the pcapng file is too short");
        }

        if (Half(body[4..]) != 1)
        {
            throw new OperationFailedException(
                string.Create(CultureInfo.InvariantCulture, $"pcapng version {Half(body[4..])}.{Half(body[6..])} is not known"));
        }

        _dropped = Dropped;
        Previous = Counters;
        _interfaces.Clear();
        _inSection = true;
        Origin = null!;
        SectionOptions = Options(body[16..], PcapngFormat.SectionHeader).ToArray();
    }

    private void Describe(ReadOnlySpan<byte> body)
    {
        if (!_inSection || body.Length < 8 || _interfaces.Count >= MostInterfaces)
        {
            throw new OperationFailedException("an interface description of the pcapng file is broken");
        }

        Described description = new();
        string? name = null;
        List<byte> kept = [];
        PcapngOptionReader options = new(Options(body[8..], PcapngFormat.InterfaceDescription));
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
                default:
                    kept.AddRange(options.Whole);
                    break;
            }

            if (options.Code == PcapngFormat.InterfaceName)
            {
                name ??= Encoding.UTF8.GetString(options.Value).TrimEnd('\0');
            }
        }

        description.Snaplen = Word(body[4..]);
        Origin = new FrameOrigin(name, LinkType.FromFile(Half(body)), (int)Math.Min(description.Snaplen, int.MaxValue),
            _interfaces.Count)
        {
            Options = [.. kept],
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
        Described from = Interface(Word(body));
        Fill(ref frame, from, Bytes(body, 20, Word(body[12..])), Word(body[16..]));
        from.Place(ref frame, Word(body[4..]), Word(body[8..]));
        ReadOptions(body[After(20, frame.Bytes.Length)..], ref frame);
    }

    private void ReadObsolete(ReadOnlySpan<byte> body, ref CapturedFrame frame)
    {
        Need(body, 20);
        Described from = Interface(Half(body));
        Fill(ref frame, from, Bytes(body, 20, Word(body[12..])), Word(body[16..]));
        from.Place(ref frame, Word(body[4..]), Word(body[8..]));
        ReadOptions(body[After(20, frame.Bytes.Length)..], ref frame);
    }

    private void ReadSimple(ReadOnlySpan<byte> body, ref CapturedFrame frame)
    {
        Need(body, 4);
        Described from = Interface(0);
        uint length = Word(body);
        // It does not say how much was captured: all, or the snaplen of the interface.
        uint captured = from.Snaplen == 0 ? length : Math.Min(length, from.Snaplen);
        Fill(ref frame, from, Bytes(body, 4, captured), length);
        frame.LacksTime = true;
    }

    private static void Fill(ref CapturedFrame frame, Described from, ReadOnlySpan<byte> bytes, uint length) =>
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

        frame.Options = Options(bytes, PcapngFormat.EnhancedPacket);
        PcapngOptionReader options = new(frame.Options);
        while (options.Next())
        {
            if (options.Code == PcapngFormat.PacketFlags && options.Value.Length == 4)
            {
                uint flags = BitConverter.ToUInt32(options.Value);
                int type = PcapngFormat.PacketType(flags);
                frame.PacketType = type >= 0 ? type : frame.PacketType;
            }
        }
    }

    private void ReadStatistics(ReadOnlySpan<byte> body)
    {
        Need(body, 12);
        Described from = Interface(Word(body));
        PcapngOptionReader options = new(Options(body[12..], PcapngFormat.InterfaceStatistics));
        from.HasStatistics = true;
        while (options.Next())
        {
            if (options.Value.Length != 8)
            {
                continue;
            }

            ulong value = BitConverter.ToUInt64(options.Value);
            switch (options.Code)
            {
                case PcapngFormat.Received:
                    from.Received = value;
                    break;
                case PcapngFormat.Dropped:
                    from.DroppedByInterface = value;
                    break;
                case PcapngFormat.DroppedBySystem:
                    from.DroppedBySystem = value;
                    break;
            }
        }
    }

    private Described Interface(uint number) => number < (uint)_interfaces.Count ? _interfaces[(int)number]
        : throw new OperationFailedException($"a frame of the pcapng file is of interface {number}, which it does not describe");

    private static ReadOnlySpan<byte> Bytes(ReadOnlySpan<byte> body, int at, uint captured) =>
        captured <= (uint)(body.Length - at)
        ? body.Slice(at, (int)captured)
        : throw new OperationFailedException($"a frame of the pcapng file claims {captured} bytes, more than its block holds");

    private static int After(int at, int captured) => at + ((captured + 3) & ~3);

    private static void Need(ReadOnlySpan<byte> body, int bytes)
    {
        if (body.Length < bytes)
        {
            throw new OperationFailedException("a block of the pcapng file is too short for its type");
        }
    }

    /// <summary>Options in this machine's byte order; the buffer is reused. A last one that is cut off is left out.</summary>
    private ReadOnlySpan<byte> Options(ReadOnlySpan<byte> options, uint block)
    {
        if (!_swapped)
        {
            return options;
        }

        if (_options.Length < options.Length)
        {
            _options = new byte[options.Length];
        }

        options.CopyTo(_options);
        Span<byte> left = _options.AsSpan(0, options.Length);
        while (left.Length >= 4)
        {
            left[..2].Reverse();
            left[2..4].Reverse();
            int code = BitConverter.ToUInt16(left);
            int length = BitConverter.ToUInt16(left[2..]);
            int whole = 4 + ((length + 3) & ~3);
            if (code == 0 || whole > left.Length)
            {
                break;
            }

            // Numbers stand in the section's byte order; text and addresses do not.
            Span<byte> value = left.Slice(4, length);
            if (IsNumber(block, code, length))
            {
                value.Reverse();
            }

            left = left[whole..];
        }

        return _options.AsSpan(0, options.Length);
    }

    private static bool IsNumber(uint block, int code, int length) => (block, code, length) switch
    {
        (PcapngFormat.InterfaceDescription, 8 or PcapngFormat.TimeOffset, 8) or (PcapngFormat.InterfaceDescription, 10, 4) =>
            true,
        (PcapngFormat.EnhancedPacket, PcapngFormat.PacketFlags or 6, 4) or (PcapngFormat.EnhancedPacket, 4 or 5, 8) => true,
        (PcapngFormat.InterfaceStatistics, >= 4 and <= 8, 8) => true,
        _ => false,
    };

    private ushort Half(ReadOnlySpan<byte> at) =>
        _swapped ? BinaryPrimitives.ReverseEndianness(BitConverter.ToUInt16(at)) : BitConverter.ToUInt16(at);

    private uint Word(ReadOnlySpan<byte> at) =>
        _swapped ? BinaryPrimitives.ReverseEndianness(BitConverter.ToUInt32(at)) : BitConverter.ToUInt32(at);

    private static OperationFailedException Cut() => new("the file is cut short in the middle of a block");

    /// <summary>An interface of the section, and how its times are to be read.</summary>
    private sealed class Described
    {
        private ulong _perSecond = 1_000_000;

        public FrameOrigin Origin { get; set; } = null!;

        public uint Snaplen { get; set; }

        public long OffsetS { get; set; }

        public bool HasStatistics { get; set; }

        public ulong Received { get; set; }

        public ulong DroppedByInterface { get; set; }

        public ulong DroppedBySystem { get; set; }

        public ulong Dropped => DroppedByInterface + DroppedBySystem;

        /// <summary>A power of ten, or with the highest bit of two.</summary>
        public void SetResolution(byte value)
        {
            int power = value & 0x7f;
            bool binary = (value & 0x80) != 0;
            if (power > (binary ? 63 : 19))
            {
                throw new OperationFailedException("the pcapng file counts time in units too small to read");
            }

            _perSecond = 1;
            for (int i = 0; i < power; i++)
            {
                _perSecond *= binary ? 2ul : 10ul;
            }
        }

        public void Place(ref CapturedFrame frame, uint high, uint low)
        {
            ulong time = (ulong)high << 32 | low;
            ulong seconds = time / _perSecond;
            frame.Seconds = unchecked((long)seconds + OffsetS);
            frame.Nanoseconds = (uint)((UInt128)(time % _perSecond) * NsPerS / _perSecond);
        }
    }
}
