using NetTools.Libc;

namespace NetTools.PktSniff.Link;

/// <summary>How the kernel shares an interface's frames among several rings: PACKET_FANOUT of packet(7).</summary>
internal enum FanoutMode
{
    /// <summary>All frames of a flow to the same ring.</summary>
    Hash = Linux.PACKET_FANOUT_HASH,

    /// <summary>Each CPU to a ring of its own.</summary>
    Cpu = Linux.PACKET_FANOUT_CPU,

    /// <summary>One ring after the other.</summary>
    Lb = Linux.PACKET_FANOUT_LB,
}
