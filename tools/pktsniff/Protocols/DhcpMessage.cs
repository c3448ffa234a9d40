using System.Buffers.Binary;

namespace NetTools.PktSniff.Protocols;

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
