using System.Buffers.Binary;
using NetTools.Packets;

namespace NetTools.Tests.PktSniff;

/// <summary>Makes blocks in a byte order.</summary>
internal sealed class PcapngBlocks(bool big)
{
    public byte[] Section(params (int Code, byte[] Value)[] options) => Block(PcapngFormat.SectionHeader,
        [.. Word(PcapngFormat.ByteOrderMagic), .. Half(1), .. Half(0), .. Long(ulong.MaxValue), .. Options(options)]);

    public byte[] Interface(ushort linkType, uint snaplen, params (int Code, byte[] Value)[] options) =>
        Block(PcapngFormat.InterfaceDescription, [.. Half(linkType), .. Half(0), .. Word(snaplen), .. Options(options)]);

    public byte[] Enhanced(uint number, ulong time, byte[] frame, uint length, params (int Code, byte[] Value)[] options) =>
        Block(
        PcapngFormat.EnhancedPacket,
        [.. Word(number), .. Word((uint)(time >> 32)), .. Word((uint)time), .. Word((uint)frame.Length), .. Word(length),
            .. Pad(frame), .. Options(options)]);

    public byte[] Simple(byte[] frame) => Block(PcapngFormat.SimplePacket, [.. Word((uint)frame.Length), .. Pad(frame)]);

    public byte[] Obsolete(ushort number, ulong time, byte[] frame, ushort drops = 0xffff) => Block(PcapngFormat.ObsoletePacket,
    [
        .. Half(number), .. Half(drops), .. Word((uint)(time >> 32)), .. Word((uint)time), .. Word((uint)frame.Length),
        .. Word((uint)frame.Length),
        .. Pad(frame),
    ]);

    public byte[] Statistics(uint number, params (int Code, byte[] Value)[] options) =>
        Block(PcapngFormat.InterfaceStatistics, [.. Word(number), .. Word(0), .. Word(0), .. Options(options)]);

    public byte[] Block(uint type, byte[] body)
    {
        byte[] length = Word((uint)body.Length + 12);
        return [.. Word(type), .. length, .. body, .. length];
    }

    public byte[] Word(uint value) => BitConverter.GetBytes(big ? BinaryPrimitives.ReverseEndianness(value) : value);

    public byte[] Long(ulong value) => BitConverter.GetBytes(big ? BinaryPrimitives.ReverseEndianness(value) : value);

    public byte[] Half(ushort value) => BitConverter.GetBytes(big ? BinaryPrimitives.ReverseEndianness(value) : value);

    private byte[] Options((int Code, byte[] Value)[] options) => options.Length == 0 ? []
        : [.. options.SelectMany(one =>
            (byte[])[.. Half((ushort)one.Code), .. Half((ushort)one.Value.Length), .. Pad(one.Value)]), .. Word(0)];

    private static byte[] Pad(byte[] bytes) => [.. bytes, .. new byte[-bytes.Length & 3]];
}
