using NetTools.Libc;

namespace NetTools.PktSniff.Link;

/// <summary>The size of the packet ring and how long a block may wait to fill.</summary>
/// <param name="KiB">About how much memory to use, at least one block.</param>
/// <param name="RetireMs">After how long a block that holds frames is handed over though it is not full.</param>
internal readonly record struct RingSettings(int KiB, int RetireMs)
{
    private const int LargestBlock = 256 * 1024;
    private const int SmallestBlock = 64 * 1024;
    private const int FrameSize = 2048; // the kernel wants one that divides the block; version 3 of the ring does not use it

    private int BlockSize => KiB >= 8 * LargestBlock / 1024 ? LargestBlock : SmallestBlock;

    private int BlockCount => Math.Max(2, (int)((KiB * 1024L + BlockSize - 1) / BlockSize));

    /// <summary>What the ring takes in the end.</summary>
    public long Bytes => (long)BlockSize * BlockCount;

    /// <summary>What to ask the kernel for.</summary>
    public tpacket_req3 Request => new()
    {
        tp_block_size = (uint)BlockSize,
        tp_block_nr = (uint)BlockCount,
        tp_frame_size = FrameSize,
        tp_frame_nr = (uint)(BlockSize / FrameSize * BlockCount),
        tp_retire_blk_tov = (uint)RetireMs,
    };
}
