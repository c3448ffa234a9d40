using NetTools.Libc;
using NetTools.Packets;
using static NetTools.Libc.Linux;

namespace NetTools.RawPing.Kernel;

/// <summary>
/// A classic BPF program that keeps in the kernel what is not ours: echo replies with another id, errors about other
/// packets, and everything else a raw ICMP socket sees.
/// </summary>
internal static class EchoFilter
{
    private const uint All = 0x40000;

    /// <summary>For a raw ICMP socket, whose packets begin with the IPv4 header.</summary>
    /// <param name="replyType">The ICMP type of the answers.</param>
    /// <param name="id">Our identifier.</param>
    public static sock_filter[] V4(byte replyType, ushort id) =>
    [
        BpfStatement(BPF_LDX | BPF_B | BPF_MSH, 0), // x = the header's length
        BpfStatement(BPF_LD | BPF_B | BPF_IND, 0), // the ICMP type
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, replyType, 0, 2),
        BpfStatement(BPF_LD | BPF_H | BPF_IND, 4), // its id
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, id, 12, 13),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.DestinationUnreachable, 4, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.TimeExceeded, 3, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.ParameterProblem, 2, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.Redirect, 1, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.SourceQuench, 0, 8),
        BpfStatement(BPF_LD | BPF_B | BPF_IND, 8), // the quoted header's length ...
        BpfStatement(BPF_ALU | BPF_AND | BPF_K, 15),
        BpfStatement(BPF_ALU | BPF_LSH | BPF_K, 2),
        BpfStatement(BPF_ALU | BPF_ADD | BPF_X, 0), // ... and ours ...
        BpfStatement(BPF_MISC | BPF_TAX, 0),
        BpfStatement(BPF_LD | BPF_H | BPF_IND, 8 + 4), // ... lead to the quoted id
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
        BpfStatement(BPF_RET | BPF_K, All),
        BpfStatement(BPF_RET | BPF_K, 0),
    ];

    /// <summary>For a raw ICMP socket: errors that quote a packet with one of our ports.</summary>
    /// <param name="first">The first source port.</param>
    /// <param name="count">How many ports follow one another.</param>
    public static sock_filter[] QuotedPortsV4(ushort first, int count) =>
    [
        BpfStatement(BPF_LDX | BPF_B | BPF_MSH, 0), // x = the header's length
        BpfStatement(BPF_LD | BPF_B | BPF_IND, 0), // the ICMP type
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.DestinationUnreachable, 2, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.TimeExceeded, 1, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, IcmpType.ParameterProblem, 0, 9),
        BpfStatement(BPF_LD | BPF_B | BPF_IND, 8), // the quoted header's length ...
        BpfStatement(BPF_ALU | BPF_AND | BPF_K, 15),
        BpfStatement(BPF_ALU | BPF_LSH | BPF_K, 2),
        BpfStatement(BPF_ALU | BPF_ADD | BPF_X, 0), // ... and ours ...
        BpfStatement(BPF_MISC | BPF_TAX, 0),
        BpfStatement(BPF_LD | BPF_H | BPF_IND, 8), // ... lead to the quoted source port
        BpfJump(BPF_JMP | BPF_JGE | BPF_K, (uint)(first + count), 2, 0),
        BpfJump(BPF_JMP | BPF_JGE | BPF_K, first, 0, 1),
        BpfStatement(BPF_RET | BPF_K, All),
        BpfStatement(BPF_RET | BPF_K, 0),
    ];

    /// <summary>For a raw ICMPv6 socket: errors; user space looks at the quoted ports.</summary>
    public static sock_filter[] QuotedPortsV6() =>
    [
        BpfStatement(BPF_LD | BPF_B | BPF_ABS, 0),
        BpfJump(BPF_JMP | BPF_JGE | BPF_K, 128, 1, 0),
        BpfStatement(BPF_RET | BPF_K, All),
        BpfStatement(BPF_RET | BPF_K, 0),
    ];

    /// <summary>For a raw TCP socket: segments between two ports of the host and us.</summary>
    /// <param name="v6">Packets begin with the TCP header, else with the IPv4 header.</param>
    /// <param name="port">The host's port.</param>
    /// <param name="first">Our first port.</param>
    /// <param name="count">How many of ours follow one another; 0 lets nothing through.</param>
    public static sock_filter[] Ports(bool v6, ushort port, ushort first, int count) =>
    [
        v6 ? BpfStatement(BPF_LDX | BPF_IMM, 0) : BpfStatement(BPF_LDX | BPF_B | BPF_MSH, 0),
        BpfStatement(BPF_LD | BPF_H | BPF_IND, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 4),
        BpfStatement(BPF_LD | BPF_H | BPF_IND, 2),
        BpfJump(BPF_JMP | BPF_JGE | BPF_K, (uint)(first + count), 2, 0),
        BpfJump(BPF_JMP | BPF_JGE | BPF_K, first, 0, 1),
        BpfStatement(BPF_RET | BPF_K, All),
        BpfStatement(BPF_RET | BPF_K, 0),
    ];

    /// <summary>Lets nothing through.</summary>
    public static sock_filter[] Nothing() => [BpfStatement(BPF_RET | BPF_K, 0)];

    /// <summary>For a raw ICMPv6 socket, whose packets begin with the ICMPv6 header.</summary>
    /// <inheritdoc cref="V4"/>
    public static sock_filter[] V6(byte replyType, ushort id) =>
    [
        BpfStatement(BPF_LD | BPF_B | BPF_ABS, 0),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, replyType, 0, 2),
        BpfStatement(BPF_LD | BPF_H | BPF_ABS, 4),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, id, 5, 6),
        BpfJump(BPF_JMP | BPF_JGE | BPF_K, 128, 5, 0), // only errors from here on
        BpfStatement(BPF_LD | BPF_B | BPF_ABS, 8 + 6), // the quoted header's next header
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, 58, 0, 2), // behind extension headers: user space looks
        BpfStatement(BPF_LD | BPF_H | BPF_ABS, 8 + 40 + 4),
        BpfJump(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
        BpfStatement(BPF_RET | BPF_K, All),
        BpfStatement(BPF_RET | BPF_K, 0),
    ];
}
