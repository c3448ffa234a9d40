using System.Buffers.Binary;
using NetTools.Packets;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Changes to blocks of a pcapng file that are otherwise written as they were read, in the byte order of their section.
/// </summary>
internal static class PcapngEdit
{
    private const uint NotForChangedFiles = 0x40000bad;
    private const int SectionLengthAt = 16;
    private const int SectionOptionsAt = 24;
    private const int InterfaceOptionsAt = 16;
    private const int TrailingLength = 4;

    /// <summary>True for a custom block that is not to be copied into a file that was changed.</summary>
    /// <param name="block">A block.</param>
    /// <param name="section">The header of its section.</param>
    public static bool IsNotForChangedFiles(ReadOnlySpan<byte> block, ReadOnlySpan<byte> section) =>
        !section.IsEmpty && Word(block, IsSwapped(section)) == NotForChangedFiles;

    /// <summary>Takes the length of a section out of its header: blocks may be left out or added.</summary>
    public static void ForgetSectionLength(Span<byte> section) => section.Slice(SectionLengthAt, 8).Fill(0xff);

    /// <summary>Adds an option to a section header or an interface description.</summary>
    /// <param name="block">The block.</param>
    /// <param name="section">The header of its section.</param>
    /// <param name="code">The option's code.</param>
    /// <param name="value">Its value; cut after 65,535 bytes.</param>
    /// <param name="replaces">Whether others of that code are left out.</param>
    /// <returns>The new block, options that are cut left out.</returns>
    public static byte[] WithOption(ReadOnlySpan<byte> block, ReadOnlySpan<byte> section, int code, ReadOnlySpan<byte> value,
        bool replaces)
    {
        bool swapped = IsSwapped(section);
        value = value[..Math.Min(value.Length, ushort.MaxValue)];
        int at = PcapngReader.Knows(block) ? SectionOptionsAt : InterfaceOptionsAt;
        List<byte> made = [.. block[..at], .. Half(code, swapped), .. Half(value.Length, swapped), .. value];
        made.AddRange(new byte[-value.Length & 3]);
        for (ReadOnlySpan<byte> left = block[at..^TrailingLength]; left.Length >= 4;)
        {
            int kind = Half(left, swapped);
            int whole = 4 + ((Half(left[2..], swapped) + 3) & ~3);
            if (kind == 0 || whole > left.Length)
            {
                break;
            }

            if (!(replaces && kind == code))
            {
                made.AddRange(left[..whole]);
            }

            left = left[whole..];
        }

        made.AddRange(new byte[4 + TrailingLength]); // the end of the options, the length
        byte[] result = [.. made];
        Span<byte> length = stackalloc byte[4];
        BitConverter.TryWriteBytes(length, swapped ? BinaryPrimitives.ReverseEndianness(result.Length) : result.Length);
        length.CopyTo(result.AsSpan(4));
        length.CopyTo(result.AsSpan(result.Length - TrailingLength));
        return result;
    }

    private static bool IsSwapped(ReadOnlySpan<byte> section) =>
        BitConverter.ToUInt32(section[PcapngBlockReader.Head..]) != PcapngFormat.ByteOrderMagic;

    private static uint Word(ReadOnlySpan<byte> at, bool swapped) =>
        swapped ? BinaryPrimitives.ReverseEndianness(BitConverter.ToUInt32(at)) : BitConverter.ToUInt32(at);

    private static ushort Half(ReadOnlySpan<byte> at, bool swapped) =>
        swapped ? BinaryPrimitives.ReverseEndianness(BitConverter.ToUInt16(at)) : BitConverter.ToUInt16(at);

    private static byte[] Half(int value, bool swapped) =>
        BitConverter.GetBytes(swapped ? BinaryPrimitives.ReverseEndianness((ushort)value) : (ushort)value);
}
