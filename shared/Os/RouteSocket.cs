using System.Net;
using System.Runtime.InteropServices;
using NetTools.Libc;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>
/// Addresses and states of interfaces, read and set by rtnetlink(7) in the network namespace where the socket was opened.
/// </summary>
public sealed unsafe class RouteSocket : IDisposable
{
    private const int MessageBytes = 256;
    private const int LargestAnswer = 64 * 1024;
    private const int AttributeTypes = 0x3fff;
    private const string ReadingLink = "reading an interface's state";
    private const int IFF_UP = 1;

    private readonly Descriptor _socket =
        Descriptor.Open(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, Linux.NETLINK_ROUTE), "opening a netlink socket");

    /// <summary>Gives an interface an address, usable at once: no duplicate address detection.</summary>
    /// <param name="index">The interface.</param>
    /// <param name="address">IPv4 or IPv6.</param>
    /// <param name="prefix">Bits of the network.</param>
    /// <exception cref="LibcException">The kernel refused.</exception>
    public void AddAddress(int index, IPAddress address, int prefix)
    {
        byte[] bytes = address.GetAddressBytes();
        Span<byte> body = stackalloc byte[sizeof(ifaddrmsg) + (2 * (sizeof(nlattr) + 16))];
        MemoryMarshal.Write(body, new ifaddrmsg
        {
            ifa_family = (byte)(bytes.Length == 4 ? (ushort)AF_INET : (ushort)AF_INET6),
            ifa_prefixlen = (byte)prefix,
            ifa_flags = Linux.IFA_F_NODAD,
            ifa_index = (uint)index,
        });
        int used = sizeof(ifaddrmsg);
        used += Attribute(body[used..], Linux.IFA_LOCAL, bytes);
        used += Attribute(body[used..], Linux.IFA_ADDRESS, bytes);
        Request(Linux.RTM_NEWADDR, Linux.NLM_F_CREATE | Linux.NLM_F_EXCL, body[..used],
            $"giving the interface the address {address}/{prefix}");
    }

    /// <summary>Sets an interface's MTU and transmit queue, and brings it up.</summary>
    /// <param name="index">The interface.</param>
    /// <param name="mtu">Bytes.</param>
    /// <param name="queue">Packets.</param>
    /// <exception cref="LibcException">The kernel refused.</exception>
    public void BringUp(int index, int mtu, int queue)
    {
        Span<byte> body = stackalloc byte[sizeof(ifinfomsg) + (2 * (sizeof(nlattr) + sizeof(int)))];
        MemoryMarshal.Write(body, new ifinfomsg { ifi_index = index, ifi_flags = IFF_UP, ifi_change = IFF_UP });
        int used = sizeof(ifinfomsg);
        used += Attribute(body[used..], Linux.IFLA_MTU, BitConverter.GetBytes(mtu));
        used += Attribute(body[used..], Linux.IFLA_TXQLEN, BitConverter.GetBytes(queue));
        Request(Linux.RTM_NEWLINK, 0, body[..used], "bringing the interface up");
    }

    /// <summary>Sends everything that has no other route through an interface: a default route for IPv4.</summary>
    /// <param name="index">The interface; it must be up.</param>
    /// <exception cref="LibcException">The kernel refused.</exception>
    public void AddDefaultRoute(int index)
    {
        Span<byte> body = stackalloc byte[sizeof(rtmsg) + sizeof(nlattr) + sizeof(int)];
        MemoryMarshal.Write(body, new rtmsg
        {
            rtm_family = (byte)(ushort)AF_INET,
            rtm_table = Linux.RT_TABLE_MAIN,
            rtm_protocol = Linux.RTPROT_BOOT,
            rtm_scope = Linux.RT_SCOPE_LINK,
            rtm_type = Linux.RTN_UNICAST,
        });
        int used = sizeof(rtmsg);
        used += Attribute(body[used..], Linux.RTA_OIF, BitConverter.GetBytes(index));
        Request(Linux.RTM_NEWROUTE, Linux.NLM_F_CREATE | Linux.NLM_F_EXCL, body[..used], "adding a default route");
    }

    /// <summary>How many want an interface promiscuous, an administrator included: IFLA_PROMISCUITY.</summary>
    /// <param name="index">The interface.</param>
    /// <exception cref="LibcException">The kernel refused.</exception>
    public int Promiscuity(int index) => Find(ReadLink(index), Linux.IFLA_PROMISCUITY) is { Length: >= sizeof(int) } value
        ? MemoryMarshal.Read<int>(value) : throw new LibcException(ReadingLink, ENODATA);

    /// <summary>What the kernel says of an interface: RTM_GETLINK.</summary>
    /// <param name="index">The interface.</param>
    /// <returns>Its attributes, for <see cref="Find"/>.</returns>
    /// <exception cref="LibcException">The kernel refused.</exception>
    public ReadOnlySpan<byte> ReadLink(int index)
    {
        Span<byte> question = stackalloc byte[sizeof(nlmsghdr) + sizeof(ifinfomsg)];
        MemoryMarshal.Write(question, new nlmsghdr
        {
            nlmsg_len = (uint)question.Length,
            nlmsg_type = Linux.RTM_GETLINK,
            nlmsg_flags = Linux.NLM_F_REQUEST,
        });
        MemoryMarshal.Write(question[sizeof(nlmsghdr)..], new ifinfomsg { ifi_index = index });
        byte[] answer = new byte[LargestAnswer];
        long length;
        fixed (byte* asked = question)
        fixed (byte* told = answer)
        {
            // The answer is there when the question has been taken.
            Errno.Check((long)send(_socket.Value, asked, question.Length, 0), ReadingLink);
            length = Errno.Check((long)recv(_socket.Value, told, answer.Length, MSG_DONTWAIT), ReadingLink);
        }

        return length >= question.Length && MemoryMarshal.Read<nlmsghdr>(answer).nlmsg_type == Linux.RTM_NEWLINK
            ? answer.AsSpan(question.Length, (int)length - question.Length) : throw new LibcException(ReadingLink, ENODATA);
    }

    /// <summary>The value of the first attribute of a type; empty when there is none.</summary>
    /// <param name="attributes">Attributes, each behind an nlattr.</param>
    /// <param name="type">IFLA_STATS64, ...</param>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, int type)
    {
        while (attributes.Length >= sizeof(nlattr))
        {
            nlattr attribute = MemoryMarshal.Read<nlattr>(attributes);
            int length = attribute.nla_len;
            if (length < sizeof(nlattr) || length > attributes.Length)
            {
                break;
            }

            if ((attribute.nla_type & AttributeTypes) == type)
            {
                return attributes[sizeof(nlattr)..length];
            }

            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }

        return default;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static int Attribute(Span<byte> to, int type, ReadOnlySpan<byte> value)
    {
        MemoryMarshal.Write(to, new nlattr { nla_len = (ushort)(sizeof(nlattr) + value.Length), nla_type = (ushort)type });
        value.CopyTo(to[sizeof(nlattr)..]);
        return sizeof(nlattr) + value.Length; // every value here is a multiple of four, so nothing needs padding
    }

    private void Request(int type, int flags, ReadOnlySpan<byte> body, string doing)
    {
        Span<byte> message = stackalloc byte[MessageBytes];
        int length = sizeof(nlmsghdr) + body.Length;
        MemoryMarshal.Write(message, new nlmsghdr
        {
            nlmsg_len = (uint)length,
            nlmsg_type = (ushort)type,
            nlmsg_flags = (ushort)(Linux.NLM_F_REQUEST | Linux.NLM_F_ACK | flags),
        });
        body.CopyTo(message[sizeof(nlmsghdr)..]);
        fixed (byte* start = message)
        {
            Errno.Check((long)send(_socket.Value, start, length, 0), doing);
            long got = Errno.Check((long)recv(_socket.Value, start, MessageBytes, 0), doing);
            nlmsghdr header = MemoryMarshal.Read<nlmsghdr>(message);
            int error = got >= sizeof(nlmsghdr) + sizeof(int) && header.nlmsg_type == Linux.NLMSG_ERROR
                ? MemoryMarshal.Read<int>(message[sizeof(nlmsghdr)..]) : -EPROTO;
            if (error != 0)
            {
                throw new LibcException(doing, -error);
            }
        }
    }
}
