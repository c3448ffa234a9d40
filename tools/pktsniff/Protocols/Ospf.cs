using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>OSPF, versions 2 and 3: RFC 2328, RFC 5340. The header, and what a hello says.</summary>
internal sealed class Ospf() : PayloadProtocol("OSPF", "ospf", "version", "msg", "packet_length", "srcrouter", "area_id",
    "auth.type", "instance_id", "hello.network_mask", "hello.hello_interval_s", "hello.router_dead_interval_s",
    "hello.router_priority", "hello.designated_router", "hello.backup_designated_router", "hello.active_neighbor")
{
    private const int HeaderLength2 = 24;
    private const int HeaderLength3 = 16;
    private const int MostNeighbors = 32;
    private const int HelloLength = 20;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength3 && message[0] is 2 or 3 && !TypeName(message[1]).IsEmpty
        && (message[0] == 3 || message.Length >= HeaderLength2);

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v"u8).Number(message[0]).Text(", "u8).Text(TypeName(message[1])).Text(", Router-ID "u8)
            .Address(message.Slice(4, 4));
        if (message.Slice(8, 4).IndexOfAnyExcept((byte)0) < 0)
        {
            line.Text(", Backbone Area"u8);
        }
        else
        {
            line.Text(", Area "u8).Address(message.Slice(8, 4));
        }

        ReadOnlySpan<byte> hello = Hello(message);
        if (!hello.IsEmpty)
        {
            line.Text(", DR "u8).Address(hello.Slice(12, 4)).Text(", BDR "u8).Address(hello.Slice(16, 4));
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[0]);
        fields.Number("msg"u8, message[1]);
        fields.Number("packet_length"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        fields.Address("srcrouter"u8, message.Slice(4, 4));
        fields.Address("area_id"u8, message.Slice(8, 4));
        if (message[0] == 2)
        {
            fields.Begin("auth"u8);
            fields.Number("type"u8, BinaryPrimitives.ReadUInt16BigEndian(message[14..]));
            fields.End();
        }
        else
        {
            fields.Number("instance_id"u8, message[14]);
        }

        ReadOnlySpan<byte> hello = Hello(message);
        if (hello.IsEmpty)
        {
            return;
        }

        fields.Begin("hello"u8);
        ByteReader reader = new(hello);
        if (message[0] == 2)
        {
            fields.Address("network_mask"u8, reader.Whole(4));
            fields.Number("hello_interval_s"u8, reader.U16());
            reader.U8();
            fields.Number("router_priority"u8, reader.U8());
            fields.Number("router_dead_interval_s"u8, reader.U32());
        }
        else
        {
            reader.U32();
            fields.Number("router_priority"u8, reader.U8());
            reader.U24();
            fields.Number("hello_interval_s"u8, reader.U16());
            fields.Number("router_dead_interval_s"u8, reader.U16());
        }

        fields.Address("designated_router"u8, reader.Whole(4));
        fields.Address("backup_designated_router"u8, reader.Whole(4));
        fields.BeginList("active_neighbor"u8);
        for (int left = MostNeighbors; left > 0 && reader.Has(4); left--)
        {
            fields.Address(default, reader.Whole(4));
        }

        fields.EndList();
        fields.End();
    }

    /// <summary>A hello behind the header and no further than the packet's length; empty when it is none or cut.</summary>
    private static ReadOnlySpan<byte> Hello(ReadOnlySpan<byte> message)
    {
        int header = message[0] == 2 ? HeaderLength2 : HeaderLength3;
        int end = Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(message[2..]), header, message.Length);
        ReadOnlySpan<byte> body = message[header..end];
        return message[1] == 1 && body.Length >= HelloLength ? body : default;
    }

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        1 => "Hello"u8,
        2 => "Database Description"u8,
        3 => "LS-Request"u8,
        4 => "LS-Update"u8,
        5 => "LS-Ack"u8,
        _ => default,
    };
}
