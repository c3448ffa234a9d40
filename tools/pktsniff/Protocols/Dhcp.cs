using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>DHCP: RFC 2131, RFC 2132. The usual options by name, all of them by code.</summary>
internal sealed class Dhcp : Protocol
{
    private const byte SubnetMask = 1;
    private const byte Routers = 3;
    private const byte NameServers = 6;
    private const byte HostName = 12;
    private const byte DomainName = 15;
    private const byte RequestedAddress = 50;
    private const byte LeaseTime = 51;
    private const byte MessageType = 53;
    private const byte ServerIdentifier = 54;
    private const int MostOptions = 64;
    private const int AddressLength = 4;

    /// <inheritdoc/>
    public override string Name => "DHCP";

    /// <inheritdoc/>
    public override string[] FieldNames =>
    [
        "dhcp.op", "dhcp.transaction_id", "dhcp.client_ip", "dhcp.your_ip", "dhcp.server_ip", "dhcp.relay_ip",
        "dhcp.client_mac", "dhcp.type", "dhcp.type_name", "dhcp.requested_ip", "dhcp.server_id", "dhcp.subnet_mask",
        "dhcp.lease_s", "dhcp.routers", "dhcp.dns_servers", "dhcp.host_name", "dhcp.domain", "dhcp.options.code",
        "dhcp.options.value",
    ];

    /// <inheritdoc/>
    public override bool IsIn(scoped in DecodedFrame frame) => TryFind(frame, out _);

    /// <inheritdoc/>
    public override bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style)
    {
        if (!TryFind(frame, out DhcpMessage message))
        {
            return false;
        }

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
        return true;
    }

    /// <inheritdoc/>
    public override bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame)
    {
        if (!TryFind(frame, out DhcpMessage message))
        {
            return false;
        }

        fields.Begin("dhcp"u8);
        fields.Number("op"u8, message.Operation);
        fields.Number("transaction_id"u8, message.TransactionId);
        fields.Address("client_ip"u8, message.ClientAddress);
        fields.Address("your_ip"u8, message.YourAddress);
        fields.Address("server_ip"u8, message.ServerAddress);
        fields.Address("relay_ip"u8, message.RelayAddress);
        fields.Mac("client_mac"u8, message.ClientHardware);
        ulong seen = 0; // a member of an object must not come twice: the first counts
        DhcpOptionReader options = message.Options;
        for (int left = MostOptions; left > 0 && options.Next(); left--)
        {
            ulong bit = options.Code < 64 ? 1UL << options.Code : 0;
            if ((seen & bit) == 0)
            {
                WriteNamed(fields, options.Code, options.Value);
            }

            seen |= bit;
        }

        options = message.Options;
        fields.BeginList("options"u8);
        for (int left = MostOptions; left > 0 && options.Next(); left--)
        {
            fields.Begin(default);
            fields.Number("code"u8, options.Code);
            fields.Hex("value"u8, options.Value);
            fields.End();
        }

        fields.EndList();
        fields.End();
        return true;
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

    private static void WriteNamed(FieldWriter fields, byte code, ReadOnlySpan<byte> value)
    {
        switch (code)
        {
            case MessageType when value.Length == 1:
                fields.Number("type"u8, value[0]);
                fields.Name("type_name"u8, TypeName(value[0]));
                break;
            case RequestedAddress when value.Length == AddressLength:
                fields.Address("requested_ip"u8, value);
                break;
            case ServerIdentifier when value.Length == AddressLength:
                fields.Address("server_id"u8, value);
                break;
            case SubnetMask when value.Length == AddressLength:
                fields.Address("subnet_mask"u8, value);
                break;
            case LeaseTime when value.Length == 4:
                fields.Number("lease_s"u8, BinaryPrimitives.ReadUInt32BigEndian(value));
                break;
            case Routers:
                WriteAddresses(fields, "routers"u8, value);
                break;
            case NameServers:
                WriteAddresses(fields, "dns_servers"u8, value);
                break;
            case HostName:
                fields.Wire("host_name"u8, value);
                break;
            case DomainName:
                fields.Wire("domain"u8, value);
                break;
        }
    }

    private static void WriteAddresses(FieldWriter fields, ReadOnlySpan<byte> name, ReadOnlySpan<byte> addresses)
    {
        fields.BeginList(name);
        for (; addresses.Length >= AddressLength; addresses = addresses[AddressLength..])
        {
            fields.Address(default, addresses[..AddressLength]);
        }

        fields.EndList();
    }

    /// <summary>The name of a message type; empty when there is none here.</summary>
    private static ReadOnlySpan<byte> TypeName(byte type) => type switch
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

    /// <summary>The message in a frame of client or server.</summary>
    private static bool TryFind(scoped in DecodedFrame frame, out DhcpMessage message)
    {
        message = default;
        return frame.Has(FrameLayers.Udp) && IsPort(frame.SourcePort) && IsPort(frame.DestinationPort)
            && DhcpMessage.TryRead(frame.Udp.Payload, out message);
    }

    private static bool IsPort(ushort port) => port is 67 or 68;
}

/// <summary>A DHCP or BOOTP message over bytes from anywhere: RFC 2131 2, RFC 2132.</summary>
public readonly ref struct DhcpMessage
{
    /// <summary>The bytes before the options, the magic cookie included.</summary>
    public const int HeaderLength = 240;

    private readonly ReadOnlySpan<byte> _bytes;

    private DhcpMessage(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Reads the message, of which the end may be missing.</summary>
    /// <returns>False when there are fewer than 240 bytes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out DhcpMessage message)
    {
        bool good = bytes.Length >= HeaderLength;
        message = good ? new DhcpMessage(bytes) : default;
        return good;
    }

    /// <summary>1 from a client, 2 from a server.</summary>
    public byte Operation => _bytes[0];

    /// <summary>Chosen by the client.</summary>
    public uint TransactionId => BinaryPrimitives.ReadUInt32BigEndian(_bytes[4..]);

    /// <summary>The address the client has.</summary>
    public ReadOnlySpan<byte> ClientAddress => _bytes.Slice(12, 4);

    /// <summary>The address the client gets.</summary>
    public ReadOnlySpan<byte> YourAddress => _bytes.Slice(16, 4);

    /// <summary>The server to go on with.</summary>
    public ReadOnlySpan<byte> ServerAddress => _bytes.Slice(20, 4);

    /// <summary>The relay in between.</summary>
    public ReadOnlySpan<byte> RelayAddress => _bytes.Slice(24, 4);

    /// <summary>The client's link-layer address, 6 bytes of it.</summary>
    public ReadOnlySpan<byte> ClientHardware => _bytes.Slice(28, 6);

    /// <summary>The options behind the magic cookie.</summary>
    public DhcpOptionReader Options => new(_bytes[HeaderLength..]);
}

/// <summary>The options of a DHCP message one by one: RFC 2132 2. A last one that is cut off is left out.</summary>
/// <param name="options">The bytes behind the magic cookie.</param>
public ref struct DhcpOptionReader(ReadOnlySpan<byte> options)
{
    private const byte Pad = 0;
    private const byte End = 255;

    private ReadOnlySpan<byte> _rest = options;

    /// <summary>The option's code.</summary>
    public byte Code { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next option.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        _rest = _rest.TrimStart(Pad);
        if (_rest.Length < 2 || _rest[0] == End || 2 + _rest[1] > _rest.Length)
        {
            return false;
        }

        Code = _rest[0];
        Value = _rest.Slice(2, _rest[1]);
        _rest = _rest[(2 + Value.Length)..];
        return true;
    }
}
