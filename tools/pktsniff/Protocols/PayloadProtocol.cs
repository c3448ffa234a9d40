using System.Text;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// A protocol that needs only the bytes its carrier carries: a line of <see cref="ProtocolTable"/> says which ports,
/// EtherTypes or numbers of IP lead to it.
/// </summary>
/// <param name="name">As in the text and in <c>--summary</c>.</param>
/// <param name="member">The name of the object in JSON: tshark's name of the protocol.</param>
/// <param name="fieldNames">Names of the fields in it, those of tshark's filters.</param>
internal abstract class PayloadProtocol(string name, string member, params string[] fieldNames) : Protocol
{
    private readonly byte[] _name = Encoding.ASCII.GetBytes(name);
    private readonly byte[] _member = Encoding.ASCII.GetBytes(member);

    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override string[] FieldNames => [.. fieldNames.Select(one => $"{member}.{one}")];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => Recognizes(PayloadOf(frame), frame);

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        ReadOnlySpan<byte> message = PayloadOf(frame);
        if (!Recognizes(message, frame))
        {
            return false;
        }

        if (frame.Has(FrameLayers.Ports))
        {
            line.Text(", "u8).Text(_name);
        }
        else
        {
            line.Name(_name);
        }

        Describe(line, message, frame, style);
        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> message = PayloadOf(frame);
        if (!Recognizes(message, frame))
        {
            return false;
        }

        fields.Begin(_member);
        Write(fields, message, frame);
        fields.End();
        return true;
    }

    /// <summary>The bytes behind the innermost header found: of TCP, UDP, IP or the link.</summary>
    public static ReadOnlySpan<byte> PayloadOf(scoped in DecodedFrame frame) =>
        frame.Has(FrameLayers.Tcp) ? frame.Tcp.Payload
        : frame.Has(FrameLayers.Udp) ? frame.Udp.Payload
        : frame.HasIP ? frame.FragmentOffset == 0 ? frame.Transport : default
        : frame.EtherType != 0 ? frame.Network
        : frame.Llc;

    /// <summary>Whether the bytes are a message of this protocol. The other methods get only what passed here.</summary>
    protected abstract bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame);

    /// <summary>Adds what the message says, behind the protocol's name.</summary>
    protected abstract void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style);

    /// <summary>Writes the fields into the object that was begun.</summary>
    protected abstract void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame);
}
