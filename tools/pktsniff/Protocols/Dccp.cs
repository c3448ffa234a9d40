using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>DCCP: RFC 4340. Only its ports are read.</summary>
internal sealed class Dccp : Protocol
{
    private const int Length = 4;
    private const byte Number = 33;

    /// <inheritdoc/>
    public override string Name => "DCCP";

    /// <inheritdoc/>
    public override string[] FieldNames => ["dccp.src_port", "dccp.dst_port"];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) =>
        frame.Protocol == Number && frame.Transport.Length >= Length && frame.FragmentOffset == 0;

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        line.Ink(Ink.Name).Protocol(Number).Ink(Ink.Plain).Text(" port "u8)
            .Number(BinaryPrimitives.ReadUInt16BigEndian(frame.Transport)).Text(" > "u8)
            .Number(BinaryPrimitives.ReadUInt16BigEndian(frame.Transport[2..]));
        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        fields.Begin("dccp"u8);
        fields.Number("src_port"u8, BinaryPrimitives.ReadUInt16BigEndian(frame.Transport));
        fields.Number("dst_port"u8, BinaryPrimitives.ReadUInt16BigEndian(frame.Transport[2..]));
        fields.End();
        return true;
    }
}
