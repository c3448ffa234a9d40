
namespace NetTools.PktSniff.Protocols;

/// <summary>The options of neighbor discovery messages one by one: RFC 4861 4.6. A last one that is cut off is left out.</summary>
/// <param name="options">The bytes behind the message's fixed part.</param>
public ref struct NeighborOptionReader(ReadOnlySpan<byte> options)
{
    /// <summary>The sender's link-layer address.</summary>
    public const byte SourceAddress = 1;

    /// <summary>The target's link-layer address.</summary>
    public const byte TargetAddress = 2;

    /// <summary>A prefix of the link.</summary>
    public const byte Prefix = 3;

    /// <summary>The link's MTU.</summary>
    public const byte Mtu = 5;

    /// <summary>DNS servers: RFC 8106.</summary>
    public const byte DnsServers = 25;

    private const int Unit = 8;

    private ReadOnlySpan<byte> _rest = options;

    /// <summary>The option's type.</summary>
    public byte Type { get; private set; }

    /// <summary>The whole option, type and length included: a multiple of 8 bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next option.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        int length = _rest.Length >= Unit ? _rest[1] * Unit : 0;
        if (length == 0 || length > _rest.Length)
        {
            return false;
        }

        Type = _rest[0];
        Bytes = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
