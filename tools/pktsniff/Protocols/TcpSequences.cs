using NetTools.Packets;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// The first sequence number seen in each direction of TCP connections, so that later ones can be printed relative to it. A
/// table of fixed size: a new connection may displace an old one, which then starts afresh. Allocates nothing.
/// </summary>
internal sealed class TcpSequences
{
    private const int Size = 1 << 15;
    private const int Probes = 4;

    private readonly ulong[] _keys = new ulong[Size];
    private readonly uint[] _first = new uint[Size];

    /// <summary>Numbers as they are to be printed.</summary>
    /// <param name="frame">A frame with TCP.</param>
    /// <returns>Sequence and acknowledgement number, relative where a first number is known.</returns>
    public (uint Sequence, uint Acknowledgment) Relate(scoped in DecodedFrame frame)
    {
        TcpHeader tcp = frame.Tcp;
        bool v4 = frame.Has(FrameLayers.IPv4);
        ReadOnlySpan<byte> source = v4 ? frame.IPv4.Source : frame.IPv6.Source;
        ReadOnlySpan<byte> destination = v4 ? frame.IPv4.Destination : frame.IPv6.Destination;
        ulong here = Key(source, destination, tcp.SourcePort, tcp.DestinationPort);
        ulong there = Key(destination, source, tcp.DestinationPort, tcp.SourcePort);

        int slot = Find(here);
        if (_keys[slot] != here || (tcp.Flags & TcpFlags.Syn) != 0)
        {
            // As they are this time; what they are is the reference from now on, the other end's, too.
            Remember(slot, here, tcp.Sequence);
            Remember(Find(there), there, tcp.Acknowledgment - 1);
            return (tcp.Sequence, tcp.Acknowledgment);
        }

        int other = Find(there);
        return (tcp.Sequence - _first[slot], _keys[other] == there ? tcp.Acknowledgment - _first[other] : tcp.Acknowledgment);
    }

    private void Remember(int slot, ulong key, uint first)
    {
        _keys[slot] = key;
        _first[slot] = first;
    }

    /// <summary>The key's place, or the one it is to take: a free one, else the last probed.</summary>
    private int Find(ulong key)
    {
        int slot = (int)(key % Size);
        for (int probe = 0; probe < Probes - 1 && _keys[slot] != key && _keys[slot] != 0; probe++)
        {
            slot = (slot + 1) % Size;
        }

        return slot;
    }

    private static ulong Key(ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, ushort sourcePort, ushort destinationPort)
    {
        ulong key = Mix((ulong)sourcePort << 16 | destinationPort);
        for (int i = 0; i + 4 <= source.Length; i += 4)
        {
            key = Mix(key ^ (ulong)BitConverter.ToUInt32(source[i..]) << 32 ^ BitConverter.ToUInt32(destination[i..]));
        }

        return key | 1; // 0 is an empty place
    }

    /// <summary>The finalizer of MurmurHash3: every bit of the input moves every bit of the output.</summary>
    private static ulong Mix(ulong x)
    {
        x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
        x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
        return x ^ x >> 33;
    }
}
