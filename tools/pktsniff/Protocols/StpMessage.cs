using System.Buffers.Binary;

namespace NetTools.PktSniff.Protocols;

/// <summary>A spanning tree message (BPDU) over bytes from anywhere: IEEE 802.1D 9.3.</summary>
public readonly ref struct StpMessage
{
    /// <summary>The type of a configuration message.</summary>
    public const byte Configuration = 0;

    /// <summary>The type of a rapid or multiple spanning tree message.</summary>
    public const byte Rapid = 2;

    /// <summary>The type of a topology change notification.</summary>
    public const byte TopologyChange = 0x80;

    private const int ShortLength = 4;
    private const int FullLength = 35;

    private readonly ReadOnlySpan<byte> _bytes;

    private StpMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the message that follows the LLC header.</summary>
    /// <returns>False unless the protocol is 0 and version and type are there.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out StpMessage message)
    {
        bool good = bytes.Length >= ShortLength && bytes[0] == 0 && bytes[1] == 0;
        message = good ? new StpMessage(bytes) : default;
        return good;
    }

    /// <summary>0 for 802.1D, 2 for rapid, 3 for multiple spanning trees.</summary>
    public byte Version => _bytes[2];

    /// <summary><see cref="Configuration"/>, <see cref="Rapid"/> or <see cref="TopologyChange"/>.</summary>
    public byte Type => _bytes[3];

    /// <summary>True when the fields below are there: they must not be read otherwise.</summary>
    public bool HasTree => Type is Configuration or Rapid && _bytes.Length >= FullLength;

    /// <summary>Topology change in bit 0, its acknowledgement in bit 7; between them what rapid spanning tree adds.</summary>
    public byte Flags => _bytes[4];

    /// <summary>The root bridge's identifier: 2 bytes of priority, 6 of address.</summary>
    public ReadOnlySpan<byte> Root => _bytes.Slice(5, 8);

    /// <summary>The cost of the path to the root.</summary>
    public uint PathCost => BinaryPrimitives.ReadUInt32BigEndian(_bytes[13..]);

    /// <summary>The sending bridge's identifier.</summary>
    public ReadOnlySpan<byte> Bridge => _bytes.Slice(17, 8);

    /// <summary>The port it was sent from.</summary>
    public ushort Port => BinaryPrimitives.ReadUInt16BigEndian(_bytes[25..]);

    /// <summary>How old the root's word is, in 1/256 s.</summary>
    public ushort MessageAge => BinaryPrimitives.ReadUInt16BigEndian(_bytes[27..]);

    /// <summary>How old it may become, in 1/256 s.</summary>
    public ushort MaximumAge => BinaryPrimitives.ReadUInt16BigEndian(_bytes[29..]);

    /// <summary>Between two such messages, in 1/256 s.</summary>
    public ushort HelloTime => BinaryPrimitives.ReadUInt16BigEndian(_bytes[31..]);

    /// <summary>In each of the states before forwarding, in 1/256 s.</summary>
    public ushort ForwardDelay => BinaryPrimitives.ReadUInt16BigEndian(_bytes[33..]);
}
