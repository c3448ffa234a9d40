using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Check;

/// <summary>
/// How many TCP sockets listen on a port in this network. Asked by sock_diag(7), which looks at listening sockets alone: after
/// 10,000 clients /proc/net/tcp is long.
/// </summary>
internal static unsafe class ListeningSockets
{
    private const uint TcpListen = 10;
    private const int AnswerBytes = 32 * 1024;
    private const int PortAt = 4; // inet_diag_msg: family, state, timer, retrans, then idiag_sport

    /// <summary>Counts those of both families.</summary>
    /// <exception cref="LibcException">The kernel does not tell.</exception>
    public static int Count(int port) => Count((byte)(ushort)AF_INET, port) + Count((byte)(ushort)AF_INET6, port);

    private static int Count(byte family, int port)
    {
        const string Doing = "asking which ports are listened on";
        using Descriptor diag = Descriptor.Open(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, Linux.NETLINK_SOCK_DIAG), Doing);
        Span<byte> request = stackalloc byte[sizeof(nlmsghdr) + sizeof(inet_diag_req_v2)];
        request.Clear();
        MemoryMarshal.Write(request, new nlmsghdr
        {
            nlmsg_len = (uint)request.Length,
            nlmsg_type = Linux.SOCK_DIAG_BY_FAMILY,
            nlmsg_flags = Linux.NLM_F_REQUEST | Linux.NLM_F_DUMP,
        });
        MemoryMarshal.Write(request[sizeof(nlmsghdr)..], new inet_diag_req_v2
        {
            sdiag_family = family,
            sdiag_protocol = (byte)(int)IPPROTO_TCP,
            idiag_states = 1u << (int)TcpListen,
        });
        byte[] answer = new byte[AnswerBytes];
        fixed (byte* bytes = request)
        fixed (byte* room = answer)
        {
            Errno.Check((long)send(diag.Value, bytes, request.Length, 0), Doing);
            int found = 0;
            while (true)
            {
                int got = (int)Errno.Check((long)recv(diag.Value, room, AnswerBytes, 0), Doing);
                for (int at = 0; at + sizeof(nlmsghdr) <= got;)
                {
                    nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(answer.AsSpan(at));
                    if (header.nlmsg_type == Linux.NLMSG_ERROR)
                    {
                        throw new LibcException(Doing, -MemoryMarshal.Read<int>(answer.AsSpan(at + sizeof(nlmsghdr))));
                    }

                    if (header.nlmsg_type == Linux.NLMSG_DONE || header.nlmsg_len < sizeof(nlmsghdr))
                    {
                        return found;
                    }

                    int portAt = at + sizeof(nlmsghdr) + PortAt;
                    found += BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(portAt)) == port ? 1 : 0;
                    at += (int)(header.nlmsg_len + 3) & ~3;
                }
            }
        }
    }
}
