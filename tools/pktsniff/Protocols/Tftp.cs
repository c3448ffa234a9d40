using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// TFTP: RFC 1350, RFC 2347. Only the request goes to its port; what follows is between two others: <see cref="TftpTransfers"/>.
/// </summary>
internal sealed class Tftp() : PayloadProtocol("TFTP", "tftp", "opcode", "source_file", "destination_file", "type", "block",
    "error.code", "error.message")
{
    /// <summary>Where requests go.</summary>
    public const ushort Port = 69;

    private const int ReadRequest = 1;
    private const int WriteRequest = 2;
    private const int Data = 3;
    private const int Acknowledgment = 4;
    private const int Error = 5;
    private const int Options = 6;
    private const int ShortestLength = 4;
    private const int LongestText = 256;

    /// <summary>Whether a message begins a transfer.</summary>
    public static bool IsRequest(ReadOnlySpan<byte> message) => message is [0, ReadRequest or WriteRequest, _, _, ..];

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message is [0, >= ReadRequest and <= Options, ..] && message.Length >= ShortestLength;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        ByteReader reader = new(message);
        int operation = reader.U16();
        line.Text(operation switch
        {
            ReadRequest => ", RRQ"u8,
            WriteRequest => ", WRQ"u8,
            Data => ", DATA block "u8,
            Acknowledgment => ", ACK block "u8,
            Error => ", ERROR "u8,
            _ => ", OACK"u8,
        });
        switch (operation)
        {
            case ReadRequest or WriteRequest:
                ReadOnlySpan<byte> name = String(ref reader);
                line.Text(" \""u8).Printable(name).Text("\" "u8).Printable(String(ref reader));
                break;
            case Data or Acknowledgment:
                line.Number(reader.U16());
                break;
            case Error:
                line.Number(reader.U16()).Text(" \""u8).Printable(String(ref reader)).Text("\""u8);
                break;
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        ByteReader reader = new(message);
        int operation = reader.U16();
        fields.Number("opcode"u8, operation);
        switch (operation)
        {
            case ReadRequest or WriteRequest:
                fields.Wire(operation == ReadRequest ? "source_file"u8 : "destination_file"u8, String(ref reader));
                fields.Wire("type"u8, String(ref reader));
                break;
            case Data or Acknowledgment:
                fields.Number("block"u8, reader.U16());
                break;
            case Error:
                fields.Begin("error"u8);
                fields.Number("code"u8, reader.U16());
                fields.Wire("message"u8, String(ref reader));
                fields.End();
                break;
        }
    }

    /// <summary>The text up to a zero.</summary>
    private static ReadOnlySpan<byte> String(ref ByteReader reader)
    {
        int end = reader.Rest.IndexOf((byte)0);
        ReadOnlySpan<byte> text = reader.Take(end < 0 ? reader.Rest.Length : end);
        reader.Take(1);
        return text[..Math.Min(text.Length, LongestText)];
    }
}
