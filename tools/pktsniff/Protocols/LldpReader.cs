using System.Buffers.Binary;

namespace NetTools.PktSniff.Protocols;

/// <summary>The elements (TLVs) of an LLDP frame one by one: IEEE 802.1AB 8. A last one that is cut off is left out.</summary>
/// <param name="payload">What follows the EtherType.</param>
public ref struct LldpReader(ReadOnlySpan<byte> payload)
{
    /// <summary>Who sent it.</summary>
    public const int ChassisId = 1;

    /// <summary>From which port.</summary>
    public const int PortId = 2;

    /// <summary>For how many seconds it holds.</summary>
    public const int TimeToLive = 3;

    /// <summary>The port in words.</summary>
    public const int PortDescription = 4;

    /// <summary>The sender's name.</summary>
    public const int SystemName = 5;

    /// <summary>The sender in words.</summary>
    public const int SystemDescription = 6;

    /// <summary>What it can do and does.</summary>
    public const int SystemCapabilities = 7;

    /// <summary>Where it can be managed.</summary>
    public const int ManagementAddress = 8;

    private ReadOnlySpan<byte> _rest = payload;

    /// <summary>The element's type.</summary>
    public int Type { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Goes to the next element.</summary>
    /// <returns>False when there is none.</returns>
    public bool Next()
    {
        if (_rest.Length < 2)
        {
            return false;
        }

        int head = BinaryPrimitives.ReadUInt16BigEndian(_rest);
        Type = head >> 9;
        int length = head & 0x1ff;
        if (Type == 0 || 2 + length > _rest.Length)
        {
            return false;
        }

        Value = _rest.Slice(2, length);
        _rest = _rest[(2 + length)..];
        return true;
    }
}
