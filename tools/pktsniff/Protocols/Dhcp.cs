using NetTools.Packets;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>DHCP in a few words: what kind of message, for whom, which address (RFC 2131, RFC 2132).</summary>
internal static class DhcpText
{
    public const byte SubnetMask = 1;
    public const byte Routers = 3;
    public const byte NameServers = 6;
    public const byte HostName = 12;
    public const byte DomainName = 15;
    public const byte RequestedAddress = 50;
    public const byte LeaseTime = 51;
    public const byte MessageType = 53;
    public const byte ServerIdentifier = 54;

    private const int MostOptions = 64;

    /// <summary>The message in a frame of client or server.</summary>
    public static bool TryFind(scoped in DecodedFrame frame, out DhcpMessage message)
    {
        message = default;
        return frame.Has(FrameLayers.Udp) && IsPort(frame.SourcePort) && IsPort(frame.DestinationPort)
            && DhcpMessage.TryRead(frame.Udp.Payload, out message);
    }

    /// <summary>The name of a message type; empty when there is none here.</summary>
    public static ReadOnlySpan<byte> TypeName(byte type) => type switch
    {
        1 => "discover"u8,
        2 => "offer"u8,
        3 => "request"u8,
        4 => "decline"u8,
        5 => "ack"u8,
        6 => "nak"u8,
        7 => "release"u8,
        8 => "inform"u8,
        _ => default,
    };

    /// <summary>Adds what the message says.</summary>
    public static void Write(LineBuffer line, DhcpMessage message)
    {
        line.Text(", DHCP"u8);
        DhcpOptionReader options = message.Options;
        for (int left = MostOptions; left > 0 && options.Next(); left--)
        {
            WriteOption(line, options.Code, options.Value);
        }

        line.Text(", client "u8).Mac(message.ClientHardware);
        if (message.YourAddress.IndexOfAnyExcept((byte)0) >= 0)
        {
            line.Text(", address "u8).Address(message.YourAddress);
        }
    }

    private static void WriteOption(LineBuffer line, byte code, ReadOnlySpan<byte> value)
    {
        switch (code)
        {
            case MessageType when value.Length == 1:
                ReadOnlySpan<byte> name = TypeName(value[0]);
                line.Text(" "u8).Text(name.IsEmpty ? "message"u8 : name);
                break;
            case RequestedAddress when value.Length == 4:
                line.Text(", wants "u8).Address(value);
                break;
            case HostName:
                line.Text(", host "u8).Printable(value);
                break;
        }
    }

    private static bool IsPort(ushort port) => port is 67 or 68;
}
