namespace NetTools.Packets;

/// <summary>The packet an ICMP error quotes: its IP header and the first bytes of its payload (RFC 792, RFC 4443 3).</summary>
public readonly ref struct IcmpQuote
{
    private IcmpQuote(int version,
        ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte protocol, ReadOnlySpan<byte> payload)
    {
        Version = version;
        Source = source;
        Destination = destination;
        Protocol = protocol;
        Payload = payload;
    }

    /// <summary>4 or 6.</summary>
    public int Version { get; }

    /// <summary>Who sent the quoted packet, 4 or 16 bytes.</summary>
    public ReadOnlySpan<byte> Source { get; }

    /// <summary>Where it was going.</summary>
    public ReadOnlySpan<byte> Destination { get; }

    /// <summary>Its upper layer.</summary>
    public byte Protocol { get; }

    /// <summary>As much of the upper layer as was quoted: for IPv4 sometimes only 8 bytes.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Reads the quoted packet from the payload of an ICMP or ICMPv6 error.</summary>
    /// <returns>False when it is not a whole IP header, or a later fragment, which says nothing about the upper layer.</returns>
    public static bool TryRead(ReadOnlySpan<byte> quoted, out IcmpQuote quote)
    {
        quote = default;
        if (IPv4Header.TryRead(quoted, out IPv4Header v4))
        {
            if (v4.FragmentOffset != 0)
            {
                return false;
            }

            quote = new IcmpQuote(4, v4.Source, v4.Destination, v4.Protocol, v4.Payload);
            return true;
        }

        if (!IPv6Header.TryRead(quoted, out IPv6Header v6) || !v6.TryReadUpperLayer(out IPv6UpperLayer upper)
            || upper.FragmentOffset != 0)
        {
            return false;
        }

        quote = new IcmpQuote(6, v6.Source, v6.Destination, upper.Protocol, upper.Payload);
        return true;
    }
}
