using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Spanning tree: IEEE 802.1D, 802.1w, 802.1s.</summary>
internal sealed class Stp : Protocol
{
    private const int LlcLength = 3;
    private const double TicksPerSecond = 256;

    /// <inheritdoc/>
    public override string Name => "STP";

    /// <inheritdoc/>
    public override string[] FieldNames =>
    [
        "stp.version", "stp.type", "stp.flags", "stp.root_priority", "stp.root_mac", "stp.path_cost", "stp.bridge_priority",
        "stp.bridge_mac", "stp.port", "stp.message_age_ms", "stp.max_age_ms", "stp.hello_time_ms", "stp.forward_delay_ms",
    ];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => frame.EtherType == 0 && frame.Llc is [0x42, 0x42, ..];

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!TryFind(frame, out StpMessage stp))
        {
            return false;
        }

        line.Name("STP"u8).Text(" "u8).Text(stp.Version switch
        {
            0 => "802.1d"u8,
            2 => "802.1w"u8,
            3 => "802.1s"u8,
            _ => "unknown version"u8,
        });
        line.Text(stp.Type switch
        {
            StpMessage.Configuration => ", config"u8,
            StpMessage.Rapid => ", rapid"u8,
            StpMessage.TopologyChange => ", topology change"u8,
            _ => ", unknown type"u8,
        });
        if (!stp.HasTree)
        {
            return true;
        }

        line.Text(", flags ["u8);
        WriteFlags(line, stp.Flags);
        WriteBridge(line.Text("], root "u8), stp.Root);
        line.Text(", cost "u8).Number(stp.PathCost);
        WriteBridge(line.Text(", bridge "u8), stp.Bridge);
        line.Text(", port 0x"u8).Hex(stp.Port, 4);
        if (style.Verbose)
        {
            WriteTime(line.Text(", message age "u8), stp.MessageAge);
            WriteTime(line.Text(", max age "u8), stp.MaximumAge);
            WriteTime(line.Text(", hello "u8), stp.HelloTime);
            WriteTime(line.Text(", forward delay "u8), stp.ForwardDelay);
        }

        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!TryFind(frame, out StpMessage stp))
        {
            return false;
        }

        fields.Begin("stp"u8);
        fields.Number("version"u8, stp.Version);
        fields.Number("type"u8, stp.Type);
        if (stp.HasTree)
        {
            fields.Number("flags"u8, stp.Flags);
            fields.Number("root_priority"u8, BinaryPrimitives.ReadUInt16BigEndian(stp.Root));
            fields.Mac("root_mac"u8, stp.Root[2..]);
            fields.Number("path_cost"u8, stp.PathCost);
            fields.Number("bridge_priority"u8, BinaryPrimitives.ReadUInt16BigEndian(stp.Bridge));
            fields.Mac("bridge_mac"u8, stp.Bridge[2..]);
            fields.Number("port"u8, stp.Port);
            WriteTime(fields, "message_age_ms"u8, stp.MessageAge);
            WriteTime(fields, "max_age_ms"u8, stp.MaximumAge);
            WriteTime(fields, "hello_time_ms"u8, stp.HelloTime);
            WriteTime(fields, "forward_delay_ms"u8, stp.ForwardDelay);
        }

        fields.End();
        return true;
    }

    private static void WriteFlags(LineBuffer line, byte flags)
    {
        bool first = true;
        Add("topology change"u8, 0x01);
        Add("proposal"u8, 0x02);
        Add("learn"u8, 0x10);
        Add("forward"u8, 0x20);
        Add("agreement"u8, 0x40);
        Add("topology change ack"u8, 0x80);
        line.Text(first ? "none"u8 : default);

        void Add(ReadOnlySpan<byte> name, int bit)
        {
            if ((flags & bit) != 0)
            {
                line.Text(first ? default : ", "u8).Text(name);
                first = false;
            }
        }
    }

    private static void WriteBridge(LineBuffer line, ReadOnlySpan<byte> id) => line.HexBytes(id[..2]).Text("."u8).Mac(id[2..]);

    /// <summary>1/256 s as seconds with two digits behind the point.</summary>
    private static void WriteTime(LineBuffer line, ushort ticks) =>
        line.Number(ticks / 256).Text("."u8).Padded((uint)(ticks % 256 * 100 / 256), 2).Text("s"u8);

    private static void WriteTime(FieldWriter fields, ReadOnlySpan<byte> name, ushort ticks) =>
        fields.Number(name, (long)Math.Round(ticks * 1000 / TicksPerSecond));

    private static bool TryFind(scoped in DecodedFrame frame, out StpMessage stp)
    {
        stp = default;
        return frame.Llc is [0x42, 0x42, 3, ..] && StpMessage.TryRead(frame.Llc[LlcLength..], out stp);
    }
}

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
