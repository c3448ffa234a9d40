using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>sFlow, version 5: who sends and how many samples.</summary>
internal sealed class Sflow() : PayloadProtocol("sFlow", "sflow", "version", "agent", "sub_agent_id", "sequence_number",
    "numsamples")
{
    private const int ShortestLength = 28;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message is [0, 0, 0, 5, 0, 0, 0, 1 or 2, ..] && message.Length >= ShortestLength;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        Read(message, out ReadOnlySpan<byte> agent, out uint id, out _, out uint samples);
        line.Text("v5, agent "u8).Address(agent).Text(", agent-id "u8).Number(id).Text(", samples "u8).Number(samples);
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        Read(message, out ReadOnlySpan<byte> agent, out uint id, out uint sequence, out uint samples);
        fields.Number("version"u8, message[3]);
        fields.Address("agent"u8, agent);
        fields.Number("sub_agent_id"u8, id);
        fields.Number("sequence_number"u8, sequence);
        fields.Number("numsamples"u8, samples);
    }

    private static void Read(
        ReadOnlySpan<byte> message, out ReadOnlySpan<byte> agent, out uint id, out uint sequence, out uint samples)
    {
        ByteReader reader = new(message);
        reader.U32();
        agent = reader.Whole(reader.U32() == 1 ? 4 : 16);
        id = reader.U32();
        sequence = reader.U32();
        reader.U32();
        samples = reader.U32();
    }
}
