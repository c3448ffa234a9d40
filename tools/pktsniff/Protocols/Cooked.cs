using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// The header of a Linux cooked capture, LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2: what stands for that of the link.
/// </summary>
internal readonly ref struct Cooked
{
    private const int Length1 = 16;
    private const int Length2 = 20;
    private const int LongestAddress = 8;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly bool _isSecond;

    private Cooked(ReadOnlySpan<byte> bytes, bool isSecond)
    {
        _bytes = bytes;
        _isSecond = isSecond;
    }

    /// <summary>Names of the fields, those of tshark's filters.</summary>
    public static string[] FieldNames => ["sll.pkttype", "sll.hatype", "sll.ifindex", "sll.src", "sll.etype"];

    /// <summary>A sll_pkttype of packet(7).</summary>
    public int Type => _isSecond ? _bytes[10] : BinaryPrimitives.ReadUInt16BigEndian(_bytes);

    /// <summary>The interface's number on the machine that captured; -1 in the first version.</summary>
    public int InterfaceIndex => _isSecond ? BinaryPrimitives.ReadInt32BigEndian(_bytes[4..]) : -1;

    /// <summary>Kind of link: ARPHRD_ETHER is 1.</summary>
    public ushort HardwareType => BinaryPrimitives.ReadUInt16BigEndian(_bytes[(_isSecond ? 8 : 2)..]);

    /// <summary>The sender's link-layer address, at most 8 bytes of it.</summary>
    public ReadOnlySpan<byte> Source => _isSecond ? _bytes.Slice(12, Math.Min((int)_bytes[11], LongestAddress))
        : _bytes.Slice(6, Math.Min((int)BinaryPrimitives.ReadUInt16BigEndian(_bytes[4..]), LongestAddress));

    /// <summary>The EtherType, or for some kinds of link another number.</summary>
    public ushort EtherType => BinaryPrimitives.ReadUInt16BigEndian(_bytes[(_isSecond ? 0 : 14)..]);

    /// <summary>Reads the header.</summary>
    /// <returns>False when the link type is another, or the header is cut.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, int linkType, out Cooked header)
    {
        bool second = linkType == LinkType.LinuxCooked2;
        bool good = second ? bytes.Length >= Length2 : linkType == LinkType.LinuxCooked && bytes.Length >= Length1;
        header = good ? new Cooked(bytes, second) : default;
        return good;
    }

    /// <summary>The header's sll_pkttype; -1 when there is no such header, or it holds a number that is none.</summary>
    public static int PacketType(ReadOnlySpan<byte> bytes, int linkType) =>
        TryRead(bytes, linkType, out Cooked header) && header.Type is >= 0 and <= 4 ? header.Type : -1;

    /// <summary>Adds the interface and the address, as <c>-e</c> shows them.</summary>
    public static void WriteText(LineBuffer line, Cooked header)
    {
        if (header.InterfaceIndex >= 0)
        {
            line.Text("ifindex "u8).Number(header.InterfaceIndex).Text(" "u8);
        }

        if (header.Source.Length == 6)
        {
            line.Mac(header.Source).Text(" "u8);
        }
        else if (!header.Source.IsEmpty)
        {
            line.HexBytes(header.Source).Text(" "u8);
        }
    }

    /// <summary>Writes the header's fields.</summary>
    public static void WriteFields(FieldWriter fields, Cooked header)
    {
        fields.Begin("sll"u8);
        fields.Number("pkttype"u8, header.Type);
        fields.Number("hatype"u8, header.HardwareType);
        if (header.InterfaceIndex >= 0)
        {
            fields.Number("ifindex"u8, header.InterfaceIndex);
        }

        if (header.Source.Length == 6)
        {
            fields.Mac("src"u8, header.Source);
        }
        else if (!header.Source.IsEmpty)
        {
            fields.Hex("src"u8, header.Source);
        }

        fields.Number("etype"u8, header.EtherType);
        fields.End();
    }
}
