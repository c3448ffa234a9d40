using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>A packet socket, packet(7), that looks at IP packets as they pass lo.</summary>
internal sealed unsafe class TosWitness : IDisposable
{
    private const int SnapBytes = 128;

    private readonly Descriptor _socket;

    private TosWitness(Descriptor socket) => _socket = socket;

    /// <summary>Opens it, or gives null without the privilege.</summary>
    public static TosWitness? TryOpen()
    {
        int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
            BinaryPrimitives.ReverseEndianness((ushort)Linux.ETH_P_ALL));
        return descriptor >= 0 ? new(new Descriptor(descriptor)) : null;
    }

    /// <summary>Throws away what was seen so far.</summary>
    public void Forget()
    {
        Span<byte> packet = stackalloc byte[SnapBytes];
        while (Next(packet) >= 0)
        {
        }
    }

    /// <summary>The TOS byte or traffic class of the first packet to that port since; null when there was none.</summary>
    /// <param name="protocol">IPPROTO_TCP or IPPROTO_UDP.</param>
    /// <param name="port">Destination port.</param>
    public int? Find(int protocol, int port)
    {
        Span<byte> packet = stackalloc byte[SnapBytes];
        for (int length; (length = Next(packet)) >= 0;)
        {
            if (Read(packet[..Math.Min(length, SnapBytes)], protocol, port) is int mark)
            {
                return mark;
            }
        }

        return null;
    }

    /// <summary>The mark of an IP packet of that protocol to that port, or null for any other bytes.</summary>
    public static int? Read(ReadOnlySpan<byte> packet, int protocol, int port)
    {
        if (packet.Length > 0 && packet[0] >> 4 == 4)
        {
            return IPv4Header.TryRead(packet, out IPv4Header four) && four.Protocol == protocol
                && PortOf(packet, four.HeaderLength) == port
                ? four.TypeOfService : null;
        }

        return IPv6Header.TryRead(packet, out IPv6Header six) && six.NextHeader == protocol
            && PortOf(packet, IPv6Header.Length) == port
            ? six.TrafficClass : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>The destination port, which TCP and UDP keep in one place; -1 where the packet is too short.</summary>
    private static int PortOf(ReadOnlySpan<byte> packet, int header) =>
        packet.Length >= header + 4 ? BinaryPrimitives.ReadUInt16BigEndian(packet[(header + 2)..]) : -1;

    private int Next(Span<byte> packet)
    {
        fixed (byte* start = packet)
        {
            return (int)(nint)recv(_socket.Value, start, packet.Length, 0);
        }
    }
}
