using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>BFD control packets: RFC 5880.</summary>
internal sealed class Bfd() : PayloadProtocol("BFD", "bfd", "version", "diag", "sta", "flags", "detect_time_multiplier",
    "message_length", "my_discriminator", "your_discriminator", "desired_min_tx_interval_us", "required_min_rx_interval_us",
    "required_min_echo_interval_us")
{
    private const int Length = 24;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        message.Length >= Length && message[0] >> 5 is 0 or 1 && message[3] >= Length;

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        line.Text("v"u8).Number(message[0] >> 5).Text(", Control, State "u8).Text((message[1] >> 6) switch
        {
            0 => "AdminDown"u8,
            1 => "Down"u8,
            2 => "Init"u8,
            _ => "Up"u8,
        }).Text(", Flags: ["u8);
        WriteFlags(line, message[1] & 0x3f);
        line.Text("]"u8);
        ReadOnlySpan<byte> diagnostic = DiagnosticName(message[0] & 31);
        if ((message[0] & 31) != 0)
        {
            line.Text(", "u8).Text(diagnostic.IsEmpty ? "diagnostic unknown"u8 : diagnostic);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        fields.Number("version"u8, message[0] >> 5);
        fields.Number("diag"u8, message[0] & 31);
        fields.Number("sta"u8, message[1] >> 6);
        fields.Number("flags"u8, message[1]); // the state is in its first two bits
        fields.Number("detect_time_multiplier"u8, message[2]);
        fields.Number("message_length"u8, message[3]);
        fields.Number("my_discriminator"u8, BinaryPrimitives.ReadUInt32BigEndian(message[4..]));
        fields.Number("your_discriminator"u8, BinaryPrimitives.ReadUInt32BigEndian(message[8..]));
        fields.Number("desired_min_tx_interval_us"u8, BinaryPrimitives.ReadUInt32BigEndian(message[12..]));
        fields.Number("required_min_rx_interval_us"u8, BinaryPrimitives.ReadUInt32BigEndian(message[16..]));
        fields.Number("required_min_echo_interval_us"u8, BinaryPrimitives.ReadUInt32BigEndian(message[20..]));
    }

    private static void WriteFlags(LineBuffer line, int flags)
    {
        if (flags == 0)
        {
            line.Text("none"u8);
            return;
        }

        bool isFirst = true;
        for (int bit = 0x20; bit > 0; bit >>= 1)
        {
            if ((flags & bit) != 0)
            {
                line.Text(isFirst ? default : ", "u8).Text(bit switch
                {
                    0x20 => "Poll"u8,
                    0x10 => "Final"u8,
                    8 => "Control Plane Independent"u8,
                    4 => "Authentication Present"u8,
                    2 => "Demand"u8,
                    _ => "Multipoint"u8,
                });
                isFirst = false;
            }
        }
    }

    private static ReadOnlySpan<byte> DiagnosticName(int diagnostic) => diagnostic switch
    {
        1 => "Control Detection Time Expired"u8,
        2 => "Echo Function Failed"u8,
        3 => "Neighbor Signaled Session Down"u8,
        4 => "Forwarding Plane Reset"u8,
        5 => "Path Down"u8,
        6 => "Concatenated Path Down"u8,
        7 => "Administratively Down"u8,
        8 => "Reverse Concatenated Path Down"u8,
        _ => default,
    };
}
