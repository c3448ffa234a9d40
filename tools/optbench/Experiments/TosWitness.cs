using System.Buffers.Binary;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>A packet socket, packet(7), that looks at IP packets as they pass lo.</summary>
internal sealed unsafe class TosWitness : IDisposable
{
    private const int SnapBytes = 128;
    private const int IPv4Header = 20;
    private const int IPv6Header = 40;

    private readonly Descriptor _socket;

    private TosWitness(Descriptor socket) => _socket = socket;

    /// <summary>Opens it, or gives null without the privilege.</summary>
    public static TosWitness? TryOpen()
    {
        int descriptor = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, BinaryPrimitives.ReverseEndianness((ushort)Linux.ETH_P_ALL));
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
        if (packet.Length >= IPv4Header && packet[0] >> 4 == 4)
        {
            int header = (packet[0] & 15) * 4;
            return header >= IPv4Header && packet[9] == protocol && PortOf(packet, header) == port ? packet[1] : null;
        }

        return packet.Length >= IPv6Header && packet[0] >> 4 == 6 && packet[6] == protocol && PortOf(packet, IPv6Header) == port
            ? BinaryPrimitives.ReadUInt16BigEndian(packet) >> 4 & 0xff : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

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
