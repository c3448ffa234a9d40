using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static NetTools.Libc.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Link;

/// <summary>
/// The kernel's ring of blocks, mapped: TPACKET_V3 of packet(7). A block belongs to the kernel until its status says
/// TP_STATUS_USER, and again once it is released.
/// </summary>
internal sealed unsafe class PacketRing : IDisposable
{
    private readonly byte* _ring;
    private readonly uint _blockSize;
    private readonly uint _blockCount;
    private uint _current;

    private PacketRing(byte* ring, tpacket_req3 request)
    {
        _ring = ring;
        _blockSize = request.tp_block_size;
        _blockCount = request.tp_block_nr;
    }

    private nuint Bytes => (nuint)_blockSize * _blockCount;

    /// <summary>Maps the ring of a socket that has one.</summary>
    public static PacketRing Map(int socket, tpacket_req3 request)
    {
        nuint bytes = (nuint)request.tp_block_size * request.tp_block_nr;
        void* ring = mmap(null, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_SHARED, socket, 0);
        return ring != MAP_FAILED ? new PacketRing((byte*)ring, request)
            : throw new LibcException("mapping the packet ring", Errno.Last);
    }

    /// <summary>The next block in turn, when the kernel has handed it over; else null.</summary>
    public tpacket_block_desc* TryTake()
    {
        tpacket_block_desc* block = Block(_current);
        return (Volatile.Read(ref block->hdr.block_status) & TP_STATUS_USER) != 0 ? block : null;
    }

    /// <summary>True when half of the blocks or more wait to be taken.</summary>
    public bool IsHalfFull => (Volatile.Read(
        ref Block((_current + _blockCount / 2 - 1) % _blockCount)->hdr.block_status) & TP_STATUS_USER) != 0;

    /// <summary>True when the kernel has put no frame into the block that comes next.</summary>
    public bool IsIdle => Volatile.Read(ref Block(_current)->hdr.num_pkts) == 0;

    /// <summary>Gives the block that <see cref="TryTake"/> returned back to the kernel, and goes on to the next.</summary>
    public void Release(tpacket_block_desc* block)
    {
        block->hdr.num_pkts = 0; // until the kernel opens the block again
        Volatile.Write(ref block->hdr.block_status, TP_STATUS_KERNEL);
        _current = _current + 1 == _blockCount ? 0 : _current + 1;
    }

    /// <inheritdoc/>
    public void Dispose() => _ = munmap(_ring, (size_t)Bytes);

    private tpacket_block_desc* Block(uint number) => (tpacket_block_desc*)(_ring + (nuint)number * _blockSize);
}
