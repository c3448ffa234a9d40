namespace NetTools.PktSniff.Print;

/// <summary>DHCP in a few words: what kind of message, for whom, which address (RFC 2131, RFC 2132).</summary>
internal static class DhcpText
{
    private const int OptionsAt = 240;
    private const int MessageType = 53;
    private const int RequestedAddress = 50;
    private const int HostName = 12;

    /// <summary>True for the ports of client and server.</summary>
    public static bool IsPort(ushort port) => port is 67 or 68;

    /// <summary>Adds what the message says.</summary>
    public static void Write(LineBuffer line, ReadOnlySpan<byte> message)
    {
        if (message.Length < OptionsAt)
        {
            return;
        }

        line.Text(", DHCP"u8);
        WriteOptions(line, message[OptionsAt..]);
        line.Text(", client "u8).Mac(message.Slice(28, 6));
        if (message.Slice(16, 4).IndexOfAnyExcept((byte)0) >= 0)
        {
            line.Text(", address "u8).Address(message.Slice(16, 4));
        }
    }

    private static void WriteOptions(LineBuffer line, ReadOnlySpan<byte> options)
    {
        while (options.Length >= 2 && options[0] != 255)
        {
            if (options[0] == 0)
            {
                options = options[1..];
                continue;
            }

            int length = options[1];
            if (2 + length > options.Length)
            {
                return;
            }

            ReadOnlySpan<byte> value = options.Slice(2, length);
            switch (options[0])
            {
                case MessageType when length == 1:
                    line.Text(" "u8).Text(value[0] switch
                    {
                        1 => "discover"u8,
                        2 => "offer"u8,
                        3 => "request"u8,
                        4 => "decline"u8,
                        5 => "ack"u8,
                        6 => "nak"u8,
                        7 => "release"u8,
                        8 => "inform"u8,
                        _ => "message"u8,
                    });
                    break;
                case RequestedAddress when length == 4:
                    line.Text(", wants "u8).Address(value);
                    break;
                case HostName:
                    line.Text(", host "u8).Escaped(value);
                    break;
            }

            options = options[(2 + length)..];
        }
    }
}
