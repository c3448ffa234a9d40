using NetTools.Libc;
using Tmds.Linux;
using static NetTools.Libc.Linux;

namespace NetTools.PktSniff.Filter;

/// <summary>What is attached to the packet socket: a compiled filter, and before it what the compiler cannot know.</summary>
internal static class KernelFilter
{
    /// <summary>Lets nothing through.</summary>
    public static readonly sock_filter[] Nothing = [BpfStatement(BPF_RET | BPF_K, 0)];

    /// <summary>
    /// Builds the program: the direction first, then frames whose outer VLAN tag the kernel took out are let through for the
    /// compiled filter to judge once the tag is back (<see cref="FrameFilter.Matches"/>), then the compiled filter.
    /// </summary>
    /// <remarks>
    /// On a frame without its tag the compiled program would read every field at the wrong place: <c>vlan</c> would never
    /// match and <c>tcp</c> would match tagged frames, which it does not in a file.
    /// </remarks>
    /// <param name="compiled">The program libpcap made.</param>
    /// <param name="snaplen">Bytes to keep of a frame let through.</param>
    /// <param name="direction">Which frames to look at.</param>
    /// <param name="judgesTags">False when the compiled filter takes everything.</param>
    public static sock_filter[] Build(ReadOnlySpan<sock_filter> compiled, int snaplen, FrameDirections direction, bool judgesTags)
    {
        List<sock_filter> program = [];
        if (direction != FrameDirections.Both)
        {
            bool outgoing = direction == FrameDirections.Out;
            program.Add(BpfStatement(BPF_LD | BPF_B | BPF_ABS, unchecked((uint)(SKF_AD_OFF + SKF_AD_PKTTYPE))));
            program.Add(BpfJump(BPF_JMP | BPF_JEQ | BPF_K, LibC.PACKET_OUTGOING, jt: outgoing ? 1 : 0, jf: outgoing ? 0 : 1));
            program.Add(BpfStatement(BPF_RET | BPF_K, 0));
        }

        if (judgesTags)
        {
            program.Add(BpfStatement(BPF_LD | BPF_B | BPF_ABS, unchecked((uint)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT))));
            program.Add(BpfJump(BPF_JMP | BPF_JEQ | BPF_K, 0, jt: 1, jf: 0));
            program.Add(BpfStatement(BPF_RET | BPF_K, (uint)snaplen));
        }

        program.AddRange(compiled);
        return [.. program];
    }
}
