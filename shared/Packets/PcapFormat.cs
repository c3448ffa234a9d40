using System.Runtime.InteropServices;

namespace NetTools.Packets;

/// <summary>The classic capture file: a 24-byte header, then records of 16 bytes and the frame (pcap-savefile(5)).</summary>
/// <remarks>Written in the machine's byte order; readers tell it from the magic number.</remarks>
public static class PcapFormat
{
    /// <summary>Bytes of the file's header.</summary>
    public const int FileHeaderLength = 24;

    /// <summary>Bytes before each frame.</summary>
    public const int RecordHeaderLength = 16;

    private const uint MicrosecondMagic = 0xa1b2c3d4;
    private const uint NanosecondMagic = 0xa1b23c4d;

    /// <summary>Writes the file's header.</summary>
    /// <param name="room">At least 24 bytes.</param>
    /// <param name="linkType">One of <see cref="LinkType"/>.</param>
    /// <param name="snaplen">The most bytes kept of a frame.</param>
    /// <param name="nanoseconds">Whether the records count nanoseconds rather than microseconds.</param>
    public static void WriteFileHeader(Span<byte> room, int linkType, int snaplen, bool nanoseconds)
    {
        Span<uint> words = stackalloc uint[6];
        words[0] = nanoseconds ? NanosecondMagic : MicrosecondMagic;
        words[1] = BitConverter.IsLittleEndian ? 4u << 16 | 2 : 2u << 16 | 4; // version 2.4, two 16-bit numbers
        words[2] = 0;
        words[3] = 0;
        words[4] = (uint)snaplen;
        words[5] = (uint)LinkType.InFile(linkType);
        MemoryMarshal.AsBytes(words).CopyTo(room);
    }

    /// <summary>Writes what stands before a frame.</summary>
    /// <param name="room">At least 16 bytes.</param>
    /// <param name="seconds">Since 1970; the file has room for 32 bits of it.</param>
    /// <param name="fraction">Microseconds or nanoseconds, as the file's header says.</param>
    /// <param name="captured">Bytes that follow.</param>
    /// <param name="length">Bytes the frame had on the wire.</param>
    public static void WriteRecordHeader(Span<byte> room, uint seconds, uint fraction, int captured, uint length)
    {
        Span<uint> words = MemoryMarshal.Cast<byte, uint>(room[..RecordHeaderLength]);
        words[3] = length;
        words[2] = (uint)captured;
        words[1] = fraction;
        words[0] = seconds;
    }
}
