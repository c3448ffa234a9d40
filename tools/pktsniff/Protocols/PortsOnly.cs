using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>SCTP, DCCP and UDP-Lite, of which only the ports are read: they stand where TCP has its own.</summary>
/// <param name="name">As in <c>--summary</c>.</param>
/// <param name="member">The name of the object in JSON.</param>
/// <param name="number">IP's number for it.</param>
internal sealed class PortsOnly(string name, string member, byte number) : Protocol
{
    private const int Length = 4;

    private readonly byte[] _member = System.Text.Encoding.ASCII.GetBytes(member);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override string[] FieldNames => [$"{member}.src_port", $"{member}.dst_port"];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) =>
        frame.Protocol == number && frame.Transport.Length >= Length && frame.FragmentOffset == 0;

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!IsIn(frame))
        {
            return false;
        }

        line.Ink(Ink.Name).Protocol(number).Ink(Ink.Plain).Text(" port "u8)
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

        fields.Begin(_member);
        fields.Number("src_port"u8, BinaryPrimitives.ReadUInt16BigEndian(frame.Transport));
        fields.Number("dst_port"u8, BinaryPrimitives.ReadUInt16BigEndian(frame.Transport[2..]));
        fields.End();
        return true;
    }
}
