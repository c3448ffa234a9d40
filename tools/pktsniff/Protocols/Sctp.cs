using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>SCTP and its chunks: RFC 9260.</summary>
internal sealed class Sctp() : PayloadProtocol("SCTP", "sctp", "src_port", "dst_port", "verification_tag", "chunks.type",
    "chunks.flags", "chunks.length", "chunks.tsn", "chunks.stream", "chunks.ppid", "chunks.initiate_tag", "chunks.cumulative_tsn")
{
    private const int HeaderLength = 12;
    private const int PortsLength = 4;
    private const int ChunkHeader = 4;
    private const int MostChunks = 16;
    private const byte Data = 0;
    private const byte Init = 1;
    private const byte InitAck = 2;
    private const byte Sack = 3;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) => message.Length >= PortsLength;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text(" port "u8).Number(BinaryPrimitives.ReadUInt16BigEndian(message)).Text(" > "u8)
            .Number(BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        ByteReader chunks = Chunks(message);
        for (int left = MostChunks; left > 0 && chunks.Has(ChunkHeader); left--)
        {
            byte type = chunks.U8();
            chunks.U8();
            ByteReader body = Body(ref chunks);
            ReadOnlySpan<byte> name = ChunkName(type);
            line.Text(name.IsEmpty ? ", [chunk "u8 : ", ["u8).Text(name);
            if (name.IsEmpty)
            {
                line.Number(type);
            }

            line.Text("]"u8);
            switch (type)
            {
                case Data when body.Has(12):
                    line.Text(" TSN "u8).Number(body.U32()).Text(" SID "u8).Number(body.U16()).Text(" SSEQ "u8).Number(body.U16())
                        .Text(" PPID 0x"u8).Hex(body.U32(), 8);
                    break;
                case Init or InitAck when body.Has(16):
                    line.Text(" init tag "u8).Number(body.U32()).Text(" rwnd "u8).Number(body.U32()).Text(" OS "u8)
                        .Number(body.U16()).Text(" MIS "u8).Number(body.U16()).Text(" init TSN "u8).Number(body.U32());
                    break;
                case Sack when body.Has(12):
                    line.Text(" cum ack "u8).Number(body.U32()).Text(" a_rwnd "u8).Number(body.U32()).Text(" gap acks "u8)
                        .Number(body.U16());
                    break;
            }
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("src_port"u8, BinaryPrimitives.ReadUInt16BigEndian(message));
        fields.Number("dst_port"u8, BinaryPrimitives.ReadUInt16BigEndian(message[2..]));
        if (message.Length < HeaderLength)
        {
            return;
        }

        fields.Number("verification_tag"u8, BinaryPrimitives.ReadUInt32BigEndian(message[4..]));
        fields.BeginList("chunks"u8);
        ByteReader chunks = Chunks(message);
        for (int left = MostChunks; left > 0 && chunks.Has(ChunkHeader); left--)
        {
            fields.Begin(default);
            byte type = chunks.U8();
            fields.Number("type"u8, type);
            fields.Number("flags"u8, chunks.U8());
            fields.Number("length"u8, BinaryPrimitives.ReadUInt16BigEndian(chunks.Rest));
            ByteReader body = Body(ref chunks);
            switch (type)
            {
                case Data when body.Has(12):
                    fields.Number("tsn"u8, body.U32());
                    fields.Number("stream"u8, body.U16());
                    body.U16();
                    fields.Number("ppid"u8, body.U32());
                    break;
                case Init or InitAck when body.Has(16):
                    fields.Number("initiate_tag"u8, body.U32());
                    break;
                case Sack when body.Has(12):
                    fields.Number("cumulative_tsn"u8, body.U32());
                    break;
            }

            fields.End();
        }

        fields.EndList();
    }

    private static ByteReader Chunks(ReadOnlySpan<byte> message) =>
        new(message.Length < HeaderLength ? default : message[HeaderLength..]);

    /// <summary>What a chunk holds behind its header; then the padding to whole words is passed.</summary>
    private static ByteReader Body(ref ByteReader chunks)
    {
        int length = Math.Max(0, chunks.U16() - ChunkHeader);
        ByteReader body = new(chunks.Take(length));
        chunks.Take(-length & 3);
        return body;
    }

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> ChunkName(byte type) => type switch
    {
        Data => "DATA"u8,
        Init => "INIT"u8,
        InitAck => "INIT ACK"u8,
        Sack => "SACK"u8,
        4 => "HB REQ"u8,
        5 => "HB ACK"u8,
        6 => "ABORT"u8,
        7 => "SHUTDOWN"u8,
        8 => "SHUTDOWN ACK"u8,
        9 => "OP ERR"u8,
        10 => "COOKIE ECHO"u8,
        11 => "COOKIE ACK"u8,
        12 => "ECN ECHO"u8,
        13 => "CWR"u8,
        14 => "SHUTDOWN COMPLETE"u8,
        15 => "AUTH CHUNK"u8,
        0x80 => "ASCONF-ACK"u8,
        0xc0 => "FORWARD TSN"u8,
        0xc1 => "ASCONF"u8,
        _ => default,
    };
}
