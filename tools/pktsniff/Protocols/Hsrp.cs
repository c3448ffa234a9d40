using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>Cisco's HSRP, version 0: RFC 2281.</summary>
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

    /// <summary>In tcpdump's words; empty when there is none here.</summary>
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

/// <summary>HSRP, version 2, for IPv4 and IPv6: elements of which the first is the state of a group.</summary>
internal sealed class Hsrp2() : PayloadProtocol("HSRP", "hsrp2", "version", "opcode", "state", "group", "identifier", "priority",
    "hellotime_ms", "holdtime_ms", "virt_ip", "virt_ip_v6")
{
    private const ushort Port4 = 1985;
    private const ushort Port6 = 2029;
    private const byte GroupState = 1;
    private const int Length = 42;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message is [GroupState, Length - 2, 2, <= 2, ..] && message.Length >= Length
        && frame.DestinationPort is (Port4 or Port6);

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v2"u8).Text(message[3] switch
        {
            0 => "-hello state="u8,
            1 => "-coup state="u8,
            _ => "-resign state="u8,
        }).Text(message[4] switch
        {
            0 => "disabled"u8,
            1 => "initial"u8,
            2 => "learn"u8,
            3 => "listen"u8,
            4 => "speak"u8,
            5 => "standby"u8,
            6 => "active"u8,
            _ => "unknown"u8,
        });
        line.Text(" group="u8).Number(BinaryPrimitives.ReadUInt16BigEndian(message[6..])).Text(" prio="u8)
            .Number(BinaryPrimitives.ReadUInt32BigEndian(message[14..])).Text(" addr="u8).Address(Address(message));
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[2]);
        fields.Number("opcode"u8, message[3]);
        fields.Number("state"u8, message[4]);
        fields.Number("group"u8, BinaryPrimitives.ReadUInt16BigEndian(message[6..]));
        fields.Mac("identifier"u8, message.Slice(8, 6));
        fields.Number("priority"u8, BinaryPrimitives.ReadUInt32BigEndian(message[14..]));
        fields.Number("hellotime_ms"u8, BinaryPrimitives.ReadUInt32BigEndian(message[18..]));
        fields.Number("holdtime_ms"u8, BinaryPrimitives.ReadUInt32BigEndian(message[22..]));
        fields.Address(message[5] == 6 ? "virt_ip_v6"u8 : "virt_ip"u8, Address(message));
    }

    /// <summary>The virtual router's address, of 4 or 16 bytes by the version of IP that the message names.</summary>
    private static ReadOnlySpan<byte> Address(ReadOnlySpan<byte> message) => message.Slice(26, message[5] == 6 ? 16 : 4);
}
