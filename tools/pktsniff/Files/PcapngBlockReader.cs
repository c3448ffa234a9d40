using System.Buffers.Binary;
using NetTools.Os;
using NetTools.Packets;
using NetTools.Terminal;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Takes the blocks of a pcapng file out of its bytes (draft-ietf-opsawg-pcapng 3), and reads numbers and options in the byte
/// order
/// of the section they are in.
/// </summary>
internal sealed class PcapngBlockReader(ByteSource source) : IDisposable
{
    /// <summary>Bytes before a block's body: its type and its length.</summary>
    public const int Head = 8;

    private const int LargestBlock = 16 * 1024 * 1024;
    private const int SmallestBlock = 12;

    private byte[] _options = new byte[256];
    private bool _swapped;
    private int _length;

    /// <summary>The block with its two lengths, in the section's byte order; its bytes hold until the next one.</summary>
    public ReadOnlySpan<byte> Whole => source.Peek(_length);

    /// <summary>What stands between the lengths.</summary>
    public ReadOnlySpan<byte> Body => Whole[Head..^4];

    /// <summary>The block's type.</summary>
    public uint Type { get; private set; }

    /// <summary>Goes to the next block, whose two lengths agree.</summary>
    /// <returns>False at the end of the file.</returns>
    /// <exception cref="OperationFailedException">The file is damaged or cut.</exception>
    public bool Next()
    {
        source.Skip(_length);
        _length = 0;
        ReadOnlySpan<byte> head = source.Peek(SmallestBlock);
        if (head.IsEmpty)
        {
            return false;
        }

        if (head.Length < SmallestBlock)
        {
            throw Cut();
        }

        if (PcapngReader.Knows(head))
        {
            // It says in which byte order everything that follows is, its own length included.
            uint magic = BitConverter.ToUInt32(head[Head..]);
            _swapped = magic == BinaryPrimitives.ReverseEndianness(PcapngFormat.ByteOrderMagic);
            if (!_swapped && magic != PcapngFormat.ByteOrderMagic)
            {
                throw new OperationFailedException("a section of the pcapng file has no byte-order magic");
            }
        }

        Type = Word(head);
        uint length = Word(head[4..]);
        if (length is < SmallestBlock or > LargestBlock)
        {
            throw new OperationFailedException($"a block of the pcapng file claims {Figures.PlainCount(length, "byte")}");
        }

        int whole = (int)(length + 3) & ~3;
        ReadOnlySpan<byte> block = source.Peek(whole);
        if (block.Length < whole)
        {
            throw Cut();
        }

        if (Word(block[^4..]) != length)
        {
            throw new OperationFailedException("a block of the pcapng file claims two lengths");
        }

        _length = whole;
        return true;
    }

    /// <summary>A 16-bit number.</summary>
    public ushort Half(ReadOnlySpan<byte> at) =>
        _swapped ? BinaryPrimitives.ReverseEndianness(BitConverter.ToUInt16(at)) : BitConverter.ToUInt16(at);

    /// <summary>A 32-bit number.</summary>
    public uint Word(ReadOnlySpan<byte> at) =>
        _swapped ? BinaryPrimitives.ReverseEndianness(BitConverter.ToUInt32(at)) : BitConverter.ToUInt32(at);

    /// <summary>Options in this machine's byte order; the buffer is reused. A last one that is cut off is left out.</summary>
    public ReadOnlySpan<byte> Options(ReadOnlySpan<byte> options)
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
            if (IsNumber(Type, code, length))
            {
                value.Reverse();
            }

            left = left[whole..];
        }

        return _options.AsSpan(0, options.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private static bool IsNumber(uint block, int code, int length) => (block, code, length) switch
    {
        (PcapngFormat.InterfaceDescription, 8 or PcapngFormat.TimeOffset, 8) or (PcapngFormat.InterfaceDescription, 10, 4) =>
            true,
        (PcapngFormat.EnhancedPacket or PcapngFormat.ObsoletePacket, PcapngFormat.PacketFlags or 6, 4) => true,
        (PcapngFormat.EnhancedPacket, PcapngFormat.PacketDropped or 5, 8) => true,
        (PcapngFormat.InterfaceStatistics, >= 4 and <= 8, 8) => true,
        _ => false,
    };

    private static OperationFailedException Cut() => new("the file is cut short in the middle of a block");
}
