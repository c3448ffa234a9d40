using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Cisco's HSRP, version 0 (RFC 2281), and version 2 with its groups in a TLV.</summary>
internal sealed class Hsrp() : PayloadProtocol("HSRP", "hsrp", "version", "opcode", "state", "hellotime_s", "holdtime_s",
    "priority",
    "group", "auth_data", "virt_ip", "adv.state")
{
    private const int Length = 20;
    private const byte Advertise = 3;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= 8 && message[0] == 0 && message[1] <= Advertise
            && (message[1] == Advertise || message.Length >= Length);

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v"u8).Number(message[0]).Text(message[1] switch
        {
            0 => "-hello"u8,
            1 => "-coup"u8,
            2 => "-resign"u8,
            _ => "-advertise"u8,
        });
        if (message[1] == Advertise)
        {
            return;
        }

        ReadOnlySpan<byte> state = StateName(message[2]);
        line.Text(" state="u8).Text(state);
        if (state.IsEmpty)
        {
            line.Number(message[2]);
        }

        line.Text(" group="u8).Number(message[6]).Text(" prio="u8).Number(message[5]).Text(" addr="u8)
            .Address(message.Slice(16, 4));
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[0]);
        fields.Number("opcode"u8, message[1]);
        if (message[1] == Advertise)
        {
            fields.Begin("adv"u8);
            fields.Number("state"u8, message[6]);
            fields.End();
            return;
        }

        fields.Number("state"u8, message[2]);
        fields.Number("hellotime_s"u8, message[3]);
        fields.Number("holdtime_s"u8, message[4]);
        fields.Number("priority"u8, message[5]);
        fields.Number("group"u8, message[6]);
        fields.Wire("auth_data"u8, message.Slice(8, 8).TrimEnd((byte)0));
        fields.Address("virt_ip"u8, message.Slice(16, 4));
    }

    private static ReadOnlySpan<byte> StateName(byte state) => state switch
    {
        0 => "initial"u8,
        1 => "learn"u8,
        2 => "listen"u8,
        4 => "speak"u8,
        8 => "standby"u8,
        16 => "active"u8,
        _ => default,
    };
}
