using System.Buffers.Binary;

namespace NetTools.Packets;

/// <summary>The extension headers of an IPv6 packet one by one: RFC 8200 4, RFC 7045.</summary>
/// <remarks>Each takes at least 8 bytes, so the walk ends with the packet.</remarks>
public ref struct IPv6ExtensionReader
{
    /// <summary>Hop-by-hop options.</summary>
    public const byte HopByHop = 0;

    /// <summary>Routing header.</summary>
    public const byte Routing = 43;

    /// <summary>Fragment header.</summary>
    public const byte Fragment = 44;

    /// <summary>Authentication header.</summary>
    public const byte Authentication = 51;

    /// <summary>Destination options.</summary>
    public const byte DestinationOptions = 60;

    private const int Smallest = 8;

    internal IPv6ExtensionReader(byte next, ReadOnlySpan<byte> rest)
    {
        NextProtocol = next;
        Rest = rest;
    }

    /// <summary>The protocol number of the header read last.</summary>
    public byte Protocol { get; private set; }

    /// <summary>Its bytes.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>True at a routing header with segments left: the IPv6 header's destination is only the next stop.</summary>
    public readonly bool IsRoutingAhead => Protocol == Routing && Bytes.Length >= Smallest && Bytes[3] != 0;

    /// <summary>The protocol of what follows it: the upper layer's once <see cref="Next"/> returned false.</summary>
    public byte NextProtocol { get; private set; }

    /// <summary>What follows it and is here.</summary>
    public ReadOnlySpan<byte> Rest { get; private set; }

    /// <summary>Where the payload belongs in bytes, as a fragment header said; 0 without one.</summary>
    public int FragmentOffset { get; private set; }

    /// <summary>More fragments follow, as a fragment header said.</summary>
    public bool MoreFragments { get; private set; }

    /// <summary>True when a header runs past the bytes that are here.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Goes to the next extension header.</summary>
    /// <returns>False when the upper layer follows, or payload of a later fragment, or the chain is broken.</returns>
    public bool Next()
    {
        if (!IsExtension(NextProtocol) || FragmentOffset != 0 || IsBroken)
        {
            return false;
        }

        int length = Rest.Length < Smallest ? int.MaxValue : NextProtocol switch
        {
            Fragment => Smallest,
            Authentication => (Rest[1] + 2) * 4,
            _ => (Rest[1] + 1) * 8,
        };
        if (length > Rest.Length)
        {
            IsBroken = true;
            return false;
        }

        Protocol = NextProtocol;
        Bytes = Rest[..length];
        if (Protocol == Fragment)
        {
            int field = BinaryPrimitives.ReadUInt16BigEndian(Bytes[2..]);
            FragmentOffset = field & 0xfff8;
            MoreFragments = (field & 1) != 0;
        }

        NextProtocol = Bytes[0];
        Rest = Rest[length..];
        return true;
    }

    // Hop-by-hop, routing, fragment, authentication, destination options, mobility, HIP, shim6: RFC 7045.
    private static bool IsExtension(byte protocol) =>
        protocol is HopByHop or Routing or Fragment or Authentication or DestinationOptions or 135 or 139 or 140;
}
