using System.Runtime.InteropServices;
using System.Text;

namespace NetTools.Packets;

/// <summary>
/// The blocks of a pcapng file (draft-ietf-opsawg-pcapng): one section header, an interface description for each interface, a
/// block for each frame, statistics at the end. Written in the machine's byte order, with times in nanoseconds.
/// </summary>
public static class PcapngFormat
{
    /// <summary>Block types.</summary>
    public const uint SectionHeader = 0x0a0d0d0a, InterfaceDescription = 1, ObsoletePacket = 2, SimplePacket = 3,
    InterfaceStatistics = 5, EnhancedPacket = 6;

    /// <summary>What a section header begins with after its lengths, in the writer's byte order.</summary>
    public const uint ByteOrderMagic = 0x1a2b3c4d;

    /// <summary>Options of interface descriptions that readers need.</summary>
    public const int InterfaceName = 2, TimeResolution = 9, Filter = 11, TimeOffset = 14;

    /// <summary>
    /// Options of interface statistics that readers need: frames received, dropped by the interface, by the system.
    /// </summary>
    public const int Received = 4, Dropped = 5, DroppedBySystem = 7;

    /// <summary>The option of a comment, in every block.</summary>
    public const int Comment = 1;

    /// <summary>The option of a packet block that tells its direction in the lowest two bits: 1 in, 2 out.</summary>
    public const int PacketFlags = 2;

    /// <summary>The option of a packet block that counts the frames lost before it.</summary>
    public const int PacketDropped = 4;

    /// <summary>The most bytes a frame's block takes beyond the frame.</summary>
    public const int MostAroundFrame = 32 + 3 + 12;

    private const int OperatingSystem = 3;
    private const int Application = 4;
    private const int StartTime = 2;
    private const int EndTime = 3;
    private const int Delivered = 8;
    private const int LongestOption = 65535;

    /// <summary>A frame's flags for a sll_pkttype of packet(7): direction in bits 0 and 1, reception in bits 2 to 4.</summary>
    /// <param name="packetType">PACKET_HOST, ...; -1 when it is not known.</param>
    public static uint Flags(int packetType) => packetType switch
    {
        0 => 1 | 1 << 2, // to us
        1 => 1 | 3 << 2, // broadcast
        2 => 1 | 2 << 2, // multicast
        3 => 1 | 4 << 2, // to others
        4 => 2, // from us
        _ => 0,
    };

    /// <summary>The sll_pkttype that a frame's flags tell; -1 when they tell no direction.</summary>
    public static int PacketType(uint flags) => (flags & 3, flags >> 2 & 7) switch
    {
        (2, _) => 4,
        (1, 2) => 2,
        (1, 3) => 1,
        (1, 4) => 3,
        (1, _) => 0,
        _ => -1,
    };

    /// <summary>The block a file or a section begins with.</summary>
    /// <param name="system">The operating system, such as <c>Linux 6.18.0</c>.</param>
    /// <param name="application">The program that writes the file.</param>
    /// <param name="comment">A remark for readers of the file, or null; cut after 65,535 bytes.</param>
    public static byte[] Section(string system, string application, string? comment)
    {
        Block block = new(SectionHeader);
        block.Word(ByteOrderMagic);
        block.Half(1); // version 1.0
        block.Half(0);
        block.Long(ulong.MaxValue); // the section's length is not known
        block.Option(Comment, comment);
        block.Option(OperatingSystem, system);
        block.Option(Application, application);
        return block.End();
    }

    /// <summary>The block that describes an interface; the first one is number 0.</summary>
    /// <param name="linkType">One of <see cref="LinkType"/>.</param>
    /// <param name="snaplen">The most bytes kept of a frame.</param>
    /// <param name="name">The interface's name, or null.</param>
    /// <param name="filter">The filter in the language of pcap-filter(7), or null.</param>
    public static byte[] Interface(int linkType, int snaplen, string? name, string? filter)
    {
        Block block = new(InterfaceDescription);
        block.Half((ushort)LinkType.InFile(linkType));
        block.Half(0);
        block.Word((uint)snaplen);
        block.Option(InterfaceName, name);
        block.Option(TimeResolution, [9]); // a power of ten: nanoseconds
        if (!string.IsNullOrEmpty(filter))
        {
            block.Option(Filter, FilterValue(filter));
        }

        return block.End();
    }

    /// <summary>The value of a filter's option: 0, which stands for libpcap's language, and the filter.</summary>
    public static byte[] FilterValue(string filter) => [0, .. Encoding.UTF8.GetBytes(filter)];

    /// <summary>The block that says how a capture on an interface went.</summary>
    /// <param name="number">Of the interface description, from 0.</param>
    /// <param name="startNs">When it began, nanoseconds since 1970.</param>
    /// <param name="endNs">When it ended.</param>
    /// <param name="received">Frames the filter let through, those dropped included.</param>
    /// <param name="dropped">Frames there was no room for.</param>
    /// <param name="delivered">Frames written.</param>
    public static byte[] Statistics(int number, ulong startNs, ulong endNs, ulong received, ulong dropped, ulong delivered)
    {
        Block block = new(InterfaceStatistics);
        block.Word((uint)number);
        block.Time(endNs);
        block.TimeOption(StartTime, startNs);
        block.TimeOption(EndTime, endNs);
        block.Option(Received, MemoryMarshal.AsBytes([received]));
        block.Option(Dropped, MemoryMarshal.AsBytes([dropped]));
        block.Option(Delivered, MemoryMarshal.AsBytes([delivered]));
        return block.End();
    }

    /// <summary>Writes a frame's block.</summary>
    /// <param name="room">At least the frame, its options and <see cref="MostAroundFrame"/> bytes.</param>
    /// <param name="number">Of the interface description, from 0.</param>
    /// <param name="timeNs">Nanoseconds since 1970.</param>
    /// <param name="frame">What was captured.</param>
    /// <param name="length">Bytes the frame had on the wire.</param>
    /// <param name="flags">What <see cref="Flags"/> answers; 0 for none. Not written when there are options.</param>
    /// <param name="options">Options as they stood in another file, without an end.</param>
    /// <returns>Bytes written.</returns>
    public static int WritePacket(
        Span<byte> room, int number, ulong timeNs, ReadOnlySpan<byte> frame, uint length, uint flags, ReadOnlySpan<byte> options =
            default)
    {
        int padded = (frame.Length + 3) & ~3;
        int extra = !options.IsEmpty ? options.Length + 4 : flags == 0 ? 0 : 12;
        int total = 32 + padded + extra;
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(room[..total]);
        words[6 + padded / 4] = 0; // the padding, if any
        words[0] = EnhancedPacket;
        words[1] = (uint)total;
        words[2] = (uint)number;
        words[3] = (uint)(timeNs >> 32);
        words[4] = (uint)timeNs;
        words[5] = (uint)frame.Length;
        words[6] = length;
        frame.CopyTo(room[28..]);
        Span<uint> tail = words[(7 + padded / 4)..];
        if (!options.IsEmpty)
        {
            options.CopyTo(MemoryMarshal.AsBytes(tail));
            tail[options.Length / 4] = 0;
        }
        else if (flags != 0)
        {
            tail[0] = BitConverter.IsLittleEndian ? 4u << 16 | PacketFlags : (uint)PacketFlags << 16 | 4;
            tail[1] = flags;
            tail[2] = 0;
        }

        words[^1] = (uint)total;
        return total;
    }

    /// <summary>A block in the making: type, length, body, options, length again.</summary>
    private readonly struct Block
    {
        private readonly MemoryStream _bytes = new();

        public Block(uint type)
        {
            Word(type);
            Word(0);
        }

        public void Half(ushort value) => _bytes.Write(BitConverter.GetBytes(value));

        public void Word(uint value) => _bytes.Write(BitConverter.GetBytes(value));

        public void Long(ulong value) => _bytes.Write(BitConverter.GetBytes(value));

        /// <summary>A time is two words, the upper one first in either byte order.</summary>
        public void Time(ulong value)
        {
            Word((uint)(value >> 32));
            Word((uint)value);
        }

        public void TimeOption(int code, ulong value) => Option(code, MemoryMarshal.AsBytes([(uint)(value >> 32), (uint)value]));

        public void Option(int code, string? text)
        {
            if (text is not null)
            {
                Option(code, Encoding.UTF8.GetBytes(text));
            }
        }

        public void Option(int code, ReadOnlySpan<byte> value)
        {
            value = value[..Math.Min(value.Length, LongestOption)];
            Half((ushort)code);
            Half((ushort)value.Length);
            _bytes.Write(value);
            Pad();
        }

        public byte[] End()
        {
            Word(0); // the end of the options
            Word(0);
            byte[] block = _bytes.ToArray();
            BitConverter.TryWriteBytes(block.AsSpan(4), block.Length);
            BitConverter.TryWriteBytes(block.AsSpan(block.Length - 4), block.Length);
            return block;
        }

        private void Pad()
        {
            while (_bytes.Length % 4 != 0)
            {
                _bytes.WriteByte(0);
            }
        }
    }
}
