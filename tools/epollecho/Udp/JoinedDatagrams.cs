using NetTools.Libc;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Udp;

/// <summary>Payloads that are several datagrams of one peer: UDP_SEGMENT cuts them, UDP_GRO joins them (udp(7)).</summary>
internal static unsafe class JoinedDatagrams
{
    /// <summary>The most datagrams in one: UDP_MAX_SEGMENTS before Linux 6.9.</summary>
    public const int MaxCount = 64;

    /// <summary>The most bytes of one: with its headers it is still an IP packet.</summary>
    public const int MaxBytes = 65000;

    /// <summary>
    /// What a control message says of the length of each datagram, but perhaps the last; 0 when it says nothing of it.
    /// </summary>
    public static int Segment(cmsghdr* control) =>
        control->cmsg_level == IPPROTO_UDP && control->cmsg_type == Linux.UDP_GRO ? Math.Max(*(int*)CMSG_DATA(control), 0) : 0;
}
