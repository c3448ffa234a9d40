using NetTools.Libc;
using NetTools.PktSniff.Link;
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
    /// <param name="loopback">The number of an interface whose outgoing frames come once more as incoming ones, or 0.</param>
    public static sock_filter[] Build(
        ReadOnlySpan<sock_filter> compiled, int snaplen, FrameDirections direction, bool judgesTags, int loopback)
    {
        List<sock_filter> program = [];
        if (loopback != 0)
        {
            program.Add(Ancillary(BPF_B, SKF_AD_PKTTYPE));
            program.Add(BpfJump(BPF_JMP | BPF_JEQ | BPF_K, LibC.PACKET_OUTGOING, jt: 0, jf: 3));
            program.Add(Ancillary(BPF_W, SKF_AD_IFINDEX));
            program.Add(BpfJump(BPF_JMP | BPF_JEQ | BPF_K, (uint)loopback, jt: 0, jf: 1));
            program.Add(BpfStatement(BPF_RET | BPF_K, 0));
        }

        if (direction != FrameDirections.Both)
        {
            bool outgoing = direction == FrameDirections.Out;
            program.Add(Ancillary(BPF_B, SKF_AD_PKTTYPE));
            program.Add(BpfJump(BPF_JMP | BPF_JEQ | BPF_K, LibC.PACKET_OUTGOING, jt: outgoing ? 1 : 0, jf: outgoing ? 0 : 1));
            program.Add(BpfStatement(BPF_RET | BPF_K, 0));
        }

        if (judgesTags)
        {
            program.Add(Ancillary(BPF_B, SKF_AD_VLAN_TAG_PRESENT));
            program.Add(BpfJump(BPF_JMP | BPF_JEQ | BPF_K, 0, jt: 1, jf: 0));
            program.Add(BpfStatement(BPF_RET | BPF_K, (uint)snaplen));
        }

        program.AddRange(compiled);
        return [.. program];
    }

    /// <summary>
    /// Changes a program compiled for frames with a cooked header (<see cref="CookedHeader"/>) into one for packets without:
    /// loads from behind the header move, and those from its fields ask the kernel instead.
    /// </summary>
    /// <returns>Null when the program asks for something the kernel cannot tell, such as the frame's length.</returns>
    public static sock_filter[]? WithoutCookedHeader(ReadOnlySpan<sock_filter> compiled)
    {
        sock_filter[] program = compiled.ToArray();
        foreach (ref sock_filter instruction in program.AsSpan())
        {
            int kind = instruction.code & 0x07;
            int mode = instruction.code & 0xe0;
            if (kind is not (BPF_LD or BPF_LDX) || mode is BPF_IMM or BPF_MEM)
            {
                continue;
            }

            if (mode is BPF_ABS or BPF_IND or BPF_MSH && instruction.k >= CookedHeader.Length)
            {
                instruction.k -= CookedHeader.Length;
            }
            else if (mode == BPF_ABS && AncillaryField(instruction) is int field)
            {
                instruction.k = unchecked((uint)(SKF_AD_OFF + field));
            }
            else
            {
                return null;
            }
        }

        return program;
    }

    /// <summary>What the kernel calls a field of the cooked header.</summary>
    private static int? AncillaryField(sock_filter load) => (load.code & 0x18, load.k) switch
    {
        (BPF_H, 0) => SKF_AD_PROTOCOL,
        (BPF_W, 4) => SKF_AD_IFINDEX,
        (BPF_H, 8) => SKF_AD_HATYPE,
        (BPF_B, 10) => SKF_AD_PKTTYPE,
        _ => null,
    };

    private static sock_filter Ancillary(int size, int field) =>
        BpfStatement(BPF_LD | size | BPF_ABS, unchecked((uint)(SKF_AD_OFF + field)));
}
