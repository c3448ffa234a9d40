using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>RIP of IPv4, and RIPng: RFC 2453, RFC 2080. The routes by their number.</summary>
/// <param name="isNextGeneration">Whether it is that of IPv6.</param>
internal sealed class Rip(bool isNextGeneration) : PayloadProtocol(isNextGeneration ? "RIPng" : "RIP",
    isNextGeneration ? "ripng" : "rip", isNextGeneration ? "cmd" : "command", "version", "routes")
{
    private const int HeaderLength = 4;
    private const int RouteLength = 20;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= HeaderLength && message[0] is >= 1 and <= 6 && message[1] is 1 or 2;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!isNextGeneration)
        {
            line.Text("v"u8).Number(message[1]);
        }

        line.Text(message[0] switch { 1 => ", Request"u8, 2 => ", Response"u8, _ => ", unknown command"u8 })
            .Text(", routes "u8).Number((message.Length - HeaderLength) / RouteLength);
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number(isNextGeneration ? "cmd"u8 : "command"u8, message[0]);
        fields.Number("version"u8, message[1]);
        fields.Number("routes"u8, (message.Length - HeaderLength) / RouteLength);
    }
}
