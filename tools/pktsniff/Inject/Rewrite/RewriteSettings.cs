namespace NetTools.PktSniff.Inject.Rewrite;

/// <summary>What to change in frames before they are sent, checked.</summary>
internal sealed record RewriteSettings
{
    /// <summary>The source of every frame, 6 bytes, or null.</summary>
    public byte[]? SourceMac { get; init; }

    /// <summary>The destination of every frame, 6 bytes, or null.</summary>
    public byte[]? DestinationMac { get; init; }

    /// <summary>The source of every frame that leaves by the second interface, or null.</summary>
    public byte[]? SecondSourceMac { get; init; }

    /// <summary>The destination of every frame that leaves by the second interface, or null.</summary>
    public byte[]? SecondDestinationMac { get; init; }

    /// <summary>Hardware addresses to replace wherever they stand; the first that fits counts, before the two above.</summary>
    public IReadOnlyList<(byte[] Old, byte[] New)> Macs { get; init; } = [];

    /// <summary>IP addresses to replace; the first rule that fits counts.</summary>
    public IReadOnlyList<AddressRule> Addresses { get; init; } = [];

    /// <summary>VLAN ids to replace in every tag; the first rule that fits counts.</summary>
    public IReadOnlyList<(ushort Old, ushort New)> Vlans { get; init; } = [];

    /// <summary>Ports of TCP and UDP to replace; the first rule that fits counts.</summary>
    public IReadOnlyList<(ushort Old, ushort New)> Ports { get; init; } = [];

    /// <summary>Whether to recompute checksums.</summary>
    public bool FixChecksums { get; init; }

    /// <summary>True when there is more to do than checksums.</summary>
    public bool ChangesAddresses => SourceMac is not null || DestinationMac is not null
        || Macs.Count + Addresses.Count + Vlans.Count + Ports.Count > 0;
}

/// <summary>An IPv4 or IPv6 address of which the first bits count.</summary>
/// <param name="Address">4 or 16 bytes.</param>
/// <param name="Bits">How many count: 0 to 32, or to 128.</param>
internal readonly record struct AddressPrefix(byte[] Address, int Bits)
{
    /// <summary>True when an address begins with these bits and is of this family.</summary>
    public bool Covers(ReadOnlySpan<byte> address)
    {
        int whole = Bits / 8;
        return address.Length == Address.Length && address[..whole].SequenceEqual(Address.AsSpan(0, whole))
            && (Bits % 8 == 0 || ((address[whole] ^ Address[whole]) & LastMask) == 0);
    }

    /// <summary>Writes these bits over the first ones of an address of this family; the others stay.</summary>
    public void Put(Span<byte> address)
    {
        int whole = Bits / 8;
        Address.AsSpan(0, whole).CopyTo(address);
        if (Bits % 8 != 0)
        {
            address[whole] = (byte)((address[whole] & ~LastMask) | (Address[whole] & LastMask));
        }
    }

    private int LastMask => 0xff00 >> Bits % 8 & 0xff;
}

/// <summary>Which addresses to replace by what.</summary>
/// <param name="Old">What it is about.</param>
/// <param name="New">What to write; bits behind its length stay as they were.</param>
/// <param name="OfSource">Whether sources are changed.</param>
/// <param name="OfDestination">Whether destinations are changed.</param>
internal sealed record AddressRule(AddressPrefix Old, AddressPrefix New, bool OfSource = true, bool OfDestination = true)
{
    /// <summary>A rule for all sources, or all destinations, of a family.</summary>
    public static AddressRule ForAll(AddressPrefix address, bool ofSource) =>
        new(new AddressPrefix(new byte[address.Address.Length], 0), address, ofSource, !ofSource);

    /// <summary>True when the rule is about this address.</summary>
    public bool Fits(ReadOnlySpan<byte> address, bool isSource) => (isSource ? OfSource : OfDestination) && Old.Covers(address);
}
