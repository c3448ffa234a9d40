using NetTools.Os;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Files;

/// <summary>An interface of a section of a pcapng file, how its times are to be read, and what its statistics say.</summary>
internal sealed class PcapngInterface
{
    private ulong _perSecond = 1_000_000;

    /// <summary>What its frames are handed over with.</summary>
    public FrameOrigin Origin { get; set; } = null!;

    /// <summary>The most bytes kept of a frame; 0 for no limit.</summary>
    public uint Snaplen { get; set; }

    /// <summary>Seconds to add to its times.</summary>
    public long OffsetS { get; set; }

    /// <summary>Frames dropped for want of room, as its last statistics say.</summary>
    public ulong DroppedByInterface { get; set; }

    /// <summary>Frames dropped by the operating system, as its last statistics say.</summary>
    public ulong DroppedBySystem { get; set; }

    /// <summary>Both together.</summary>
    public ulong Dropped => DroppedByInterface + DroppedBySystem;

    /// <summary>Sets the unit of its times: a power of ten, or with the highest bit of two.</summary>
    /// <exception cref="OperationFailedException">2^64 units are less than a second.</exception>
    public void SetResolution(byte value)
    {
        int power = value & 0x7f;
        bool binary = (value & 0x80) != 0;
        if (power > (binary ? 63 : 19))
        {
            throw new OperationFailedException("the pcapng file counts time in units too small to read");
        }

        _perSecond = 1;
        for (int i = 0; i < power; i++)
        {
            _perSecond *= binary ? 2ul : 10ul;
        }
    }

    /// <summary>Gives a frame its time.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="high">The upper half of the time.</param>
    /// <param name="low">The lower half.</param>
    public void Place(ref CapturedFrame frame, uint high, uint low)
    {
        ulong time = (ulong)high << 32 | low;
        ulong seconds = time / _perSecond;
        frame.Seconds = unchecked((long)seconds + OffsetS);
        frame.Nanoseconds = (uint)((UInt128)(time % _perSecond) * (ulong)TimeUnits.Second / _perSecond);
    }
}
