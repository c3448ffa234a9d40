using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.PktSniff.Protocols;
using Tmds.Linux;

namespace NetTools.PktSniff.Inject.Rewrite;

/// <summary>
/// Changes addresses of Ethernet, IPv4, IPv6 and ARP in a frame, behind VLAN tags, too; the outermost only. A checksum that
/// covers an address changes by the same difference (RFC 1624), so that a right one stays right and a wrong one wrong, in
/// fragments and in frames that were cut as well.
/// </summary>
/// <param name="settings">What to change.</param>
internal sealed class FrameRewriter(RewriteSettings settings)
{
    private const int MacLength = 6;
    private const int TcpChecksumAt = 16;
    private const int UdpChecksumAt = 6;
    private const int Icmpv6ChecksumAt = 2;
    private const int IPv4ChecksumAt = 10;

    private byte[]? _sourceMac;
    private byte[]? _destinationMac;

    /// <summary>What was changed so far.</summary>
    public RewriteCounts Counts { get; } = new();

    /// <summary>Changes a frame in place.</summary>
    /// <param name="bytes">The frame.</param>
    /// <param name="side">The interface it leaves by: 0 or 1.</param>
    public void Apply(Span<byte> bytes, int side = 0)
    {
        _sourceMac = side == 0 ? settings.SourceMac : settings.SecondSourceMac;
        _destinationMac = side == 0 ? settings.DestinationMac : settings.SecondDestinationMac;
        FrameDecoder.Decode(bytes, LinkType.Ethernet, out DecodedFrame frame);
        if (!frame.Has(FrameLayers.Ethernet))
        {
            return;
        }

        if (settings.ChangesAddresses && ChangeAddresses(bytes, frame))
        {
            Counts.Rewritten++;
        }

        if (settings.FixChecksums)
        {
            ChecksumMender.Mend(bytes, frame, Counts);
        }
    }

    private bool ChangeAddresses(Span<byte> bytes, scoped in DecodedFrame frame)
    {
        // ARP says again who sent the frame; its checks need the addresses as they were.
        bool changed = false;
        if (ArpPacket.TryFind(frame, out ArpPacket arp) && arp.IsIPv4OverEthernet)
        {
            changed = ChangeArp(After(bytes, frame.Network)[ArpPacket.FixedLength..], bytes[..(2 * MacLength)]);
        }
        else if (settings.Addresses.Count > 0 && frame.Has(FrameLayers.IPv4))
        {
            changed = ChangeIPv4(bytes, frame);
        }
        else if (settings.Addresses.Count > 0 && frame.Has(FrameLayers.IPv6))
        {
            changed = ChangeIPv6(bytes, frame);
        }

        changed |= settings.Vlans.Count > 0 && ChangeVlans(bytes, frame);
        changed |= settings.Ports.Count > 0 && (frame.Layers & (FrameLayers.Ports | FrameLayers.UdpLite)) != 0
            && ChangePorts(bytes, frame);
        changed |= ChangeMac(bytes[..MacLength], _destinationMac);
        changed |= ChangeMac(bytes.Slice(MacLength, MacLength), _sourceMac);
        return changed;
    }

    private bool ChangeArp(Span<byte> addresses, ReadOnlySpan<byte> link)
    {
        Span<byte> sender = addresses[..MacLength];
        Span<byte> target = addresses.Slice(10, MacLength);
        bool changed = ChangeMac(sender, sender.SequenceEqual(link[MacLength..]) ? _sourceMac : null);
        changed |= ChangeMac(target, target.SequenceEqual(link[..MacLength]) ? _destinationMac : null);
        changed |= ChangeAddress(addresses.Slice(6, 4), isSource: true);
        return changed | ChangeAddress(addresses.Slice(16, 4), isSource: false);
    }

    private bool ChangeIPv4(Span<byte> bytes, scoped in DecodedFrame frame)
    {
        Span<byte> header = After(bytes, frame.Network);
        Span<byte> addresses = header.Slice(12, 8);
        Span<byte> before = stackalloc byte[8];
        addresses.CopyTo(before);
        bool isPartial = TransportChecksum.Verify(frame, isPartial: false) == ChecksumVerdict.Partial;
        Range covered = Covered(frame, 4);
        bool changed = ChangeAddress(addresses[..4], isSource: true) | ChangeAddress(addresses[4..], isSource: false);
        if (changed)
        {
            InternetChecksum.Update(header[IPv4ChecksumAt..], before, addresses);
            UpdateTransport(bytes, frame, before[covered], addresses[covered], isPartial);
        }

        return changed;
    }

    private bool ChangeIPv6(Span<byte> bytes, scoped in DecodedFrame frame)
    {
        Span<byte> addresses = After(bytes, frame.Network).Slice(8, 32);
        Span<byte> before = stackalloc byte[32];
        addresses.CopyTo(before);
        bool isPartial = TransportChecksum.Verify(frame, isPartial: false) == ChecksumVerdict.Partial;
        Range covered = Covered(frame, 16);
        bool changed = ChangeAddress(addresses[..16], isSource: true) | ChangeAddress(addresses[16..], isSource: false);
        if (changed)
        {
            UpdateTransport(bytes, frame, before[covered], addresses[covered], isPartial);
        }

        return changed;
    }

    /// <summary>
    /// Which of source and destination the transport's checksum covers: with routes and home addresses others than the header's.
    /// </summary>
    private static Range Covered(scoped in DecodedFrame frame, int length) =>
        new(TransportChecksum.CoversSource(frame) ? 0 : length, TransportChecksum.CoversDestination(frame) ? 2 * length : length);

    /// <summary>Updates the checksum of TCP, UDP, UDP-Lite or ICMPv6, which covers the addresses, too.</summary>
    private static void UpdateTransport(
        Span<byte> bytes, scoped in DecodedFrame frame, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, bool isPartial)
    {
        int at = frame.Protocol == LibC.IPPROTO_TCP ? TcpChecksumAt
            : frame.Protocol == LibC.IPPROTO_UDP || frame.Protocol == UdpLiteHeader.Protocol ? UdpChecksumAt
            : frame.Protocol == LibC.IPPROTO_ICMPV6 && frame.Has(FrameLayers.IPv6) ? Icmpv6ChecksumAt : -1;
        if (at < 0 || frame.FragmentOffset != 0 || frame.Transport.Length < at + 2)
        {
            return;
        }

        Span<byte> field = After(bytes, frame.Transport).Slice(at, 2);
        bool isUdp = at == UdpChecksumAt;
        if (isUdp && field is [0, 0])
        {
            return; // there is none
        }

        // What the card was to finish is the sum itself, not its complement.
        Complement(field, isPartial);
        InternetChecksum.Update(field, before, after);
        Complement(field, isPartial);
        if (isUdp && field is [0, 0])
        {
            field.Fill(0xff);
        }
    }

    private bool ChangeVlans(Span<byte> bytes, scoped in DecodedFrame frame)
    {
        bool changed = false;
        for (int i = 0; i < frame.VlanCount; i++)
        {
            Span<byte> control = bytes.Slice(EthernetHeader.Length + i * VlanTag.Length, 2);
            ushort value = BinaryPrimitives.ReadUInt16BigEndian(control);
            if (TryMap(settings.Vlans, (ushort)(value & 0xfff), out ushort fresh))
            {
                BinaryPrimitives.WriteUInt16BigEndian(control, (ushort)((value & 0xf000) | fresh));
                changed = true;
            }
        }

        return changed;
    }

    private bool ChangePorts(Span<byte> bytes, scoped in DecodedFrame frame)
    {
        Span<byte> ports = After(bytes, frame.Transport)[..4];
        Span<byte> before = stackalloc byte[4];
        ports.CopyTo(before);
        // In a partial checksum the card is yet to add the ports.
        bool isPartial = TransportChecksum.Verify(frame, isPartial: false) == ChecksumVerdict.Partial;
        for (int at = 0; at < ports.Length; at += 2)
        {
            if (TryMap(settings.Ports, BinaryPrimitives.ReadUInt16BigEndian(ports[at..]), out ushort fresh))
            {
                BinaryPrimitives.WriteUInt16BigEndian(ports[at..], fresh);
            }
        }

        if (ports.SequenceEqual(before))
        {
            return false;
        }

        if (!isPartial)
        {
            UpdateTransport(bytes, frame, before, ports, isPartial: false);
        }

        return true;
    }

    private static bool TryMap(IReadOnlyList<(ushort Old, ushort New)> rules, ushort value, out ushort fresh)
    {
        foreach ((ushort old, ushort replacement) in rules)
        {
            if (old == value)
            {
                fresh = replacement;
                return old != replacement;
            }
        }

        fresh = value;
        return false;
    }

    private static void Complement(Span<byte> field, bool really)
    {
        if (really)
        {
            (field[0], field[1]) = ((byte)~field[0], (byte)~field[1]);
        }
    }

    private bool ChangeMac(Span<byte> address, byte[]? otherwise)
    {
        byte[]? replacement = otherwise;
        foreach ((byte[] old, byte[] fresh) in settings.Macs)
        {
            if (address.SequenceEqual(old))
            {
                replacement = fresh;
                break;
            }
        }

        bool changed = replacement is not null && !address.SequenceEqual(replacement);
        replacement?.CopyTo(address);
        return changed;
    }

    private bool ChangeAddress(Span<byte> address, bool isSource)
    {
        Span<byte> before = stackalloc byte[address.Length];
        address.CopyTo(before);
        foreach (AddressRule rule in settings.Addresses)
        {
            if (rule.Fits(address, isSource))
            {
                rule.New.Put(address);
                break;
            }
        }

        return !address.SequenceEqual(before);
    }

    /// <summary>The bytes of a frame from where a part of it begins, to be written to.</summary>
    private static Span<byte> After(Span<byte> bytes, ReadOnlySpan<byte> part) =>
        bytes.Overlaps(part, out int offset) ? bytes[offset..] : default;
}
