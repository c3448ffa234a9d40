using System.Buffers.Binary;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Inject.Rewrite;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using Tmds.Linux;

namespace NetTools.PktSniff.Inject.Split;

/// <summary>
/// Tells by which of two interfaces a frame leaves: 0 for the first, 1 for the second. A host that opens a conversation, and
/// everything behind its hardware address, is on side 0; the other end is on side 1; each host stays where it was seen first.
/// </summary>
/// <param name="settings">What decides.</param>
internal sealed class FrameSides(SplitSettings settings)
{
    private const int MostHosts = 1 << 16;
    private const int PrivilegedPorts = 1024;
    private const int SenderAddressInArp = 6;

    private readonly Dictionary<UInt128, int> _hosts = [];
    private readonly Dictionary<UInt128, int> _cards = [];

    /// <summary>The side of an Ethernet frame.</summary>
    /// <exception cref="OperationFailedException">The direction decides, and is not known.</exception>
    public int Of(scoped in CapturedFrame captured)
    {
        if (settings.By == SplitBy.Direction)
        {
            return captured.PacketType < 0
                ? throw new OperationFailedException("--split direction: the file does not record the direction of a frame")
                : captured.PacketType == LibC.PACKET_OUTGOING ? 0 : 1;
        }

        FrameDecoder.Decode(captured.Bytes, LinkType.Ethernet, out DecodedFrame frame);
        return !frame.Has(FrameLayers.Ethernet) ? 0 : settings.By == SplitBy.Source ? BySource(frame) : ByClient(frame);
    }

    private int BySource(scoped in DecodedFrame frame)
    {
        ReadOnlySpan<byte> source = frame.Has(FrameLayers.IPv4) ? frame.IPv4.Source
            : frame.Has(FrameLayers.IPv6) ? frame.IPv6.Source
            : ArpPacket.TryFind(frame, out ArpPacket arp) && arp.IsIPv4OverEthernet
                ? frame.Network.Slice(ArpPacket.FixedLength + SenderAddressInArp, 4) : default;
        foreach (AddressPrefix prefix in settings.Prefixes)
        {
            if (prefix.Covers(source))
            {
                return 0;
            }
        }

        foreach (byte[] mac in settings.Macs)
        {
            if (frame.Ethernet.Source.SequenceEqual(mac))
            {
                return 0;
            }
        }

        return 1;
    }

    private int ByClient(scoped in DecodedFrame frame)
    {
        UInt128 sourceCard = Key(frame.Ethernet.Source);
        UInt128 destinationCard = Key(frame.Ethernet.Destination);
        bool isToOne = (frame.Ethernet.Destination[0] & 1) == 0;
        UInt128 source = frame.HasIP ? Key(frame.Source) : 0;
        UInt128 destination = frame.HasIP ? Key(frame.Destination) : 0;
        int side = source != 0 && _hosts.TryGetValue(source, out int known) ? known
            : _cards.TryGetValue(sourceCard, out known) ? known
            : isToOne && destination != 0 && _hosts.TryGetValue(destination, out known) ? 1 - known
            : isToOne && _cards.TryGetValue(destinationCard, out known) ? 1 - known
            : IsFromServer(frame) ? 1 : 0;
        Learn(_hosts, source, side);
        Learn(_cards, sourceCard, side);
        if (isToOne)
        {
            Learn(_hosts, destination, 1 - side);
            Learn(_cards, destinationCard, 1 - side);
        }

        return side;
    }

    /// <summary>What a first frame says: an answer to a SYN, or one from a well-known port.</summary>
    private static bool IsFromServer(scoped in DecodedFrame frame) => frame.Has(FrameLayers.Ports)
        && (frame.Has(FrameLayers.Tcp) && (frame.Tcp.Flags & TcpFlags.Syn) != 0 ? (frame.Tcp.Flags & TcpFlags.Ack) != 0
            : frame.SourcePort < PrivilegedPorts && frame.DestinationPort >= PrivilegedPorts);

    private static void Learn(Dictionary<UInt128, int> sides, UInt128 host, int side)
    {
        if (host != 0 && sides.Count < MostHosts)
        {
            sides.TryAdd(host, side);
        }
    }

    /// <summary>
    /// An address as a number, its length in the highest byte that IPv6 does not need for unicast; 0 for the unspecified.
    /// </summary>
    private static UInt128 Key(ReadOnlySpan<byte> address)
    {
        if (address.Length == 16)
        {
            return BinaryPrimitives.ReadUInt128BigEndian(address);
        }

        ulong value = 0;
        foreach (byte part in address)
        {
            value = value << 8 | part;
        }

        return value == 0 ? 0 : new UInt128((ulong)address.Length << 56, value);
    }
}
