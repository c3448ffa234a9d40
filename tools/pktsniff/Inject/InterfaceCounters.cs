using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Inject;

/// <summary>What an interface counted of its sending.</summary>
/// <param name="Sent">Frames that left it.</param>
/// <param name="Dropped">Frames that did not: the driver's errors, and what it dropped.</param>
internal readonly record struct SendCounters(ulong Sent, ulong Dropped);

/// <summary>
/// The counters of an interface by rtnetlink(7), from a socket opened while that is allowed. That the kernel took a frame does
/// not mean that the driver sent it; these say.
/// </summary>
/// <param name="index">The interface.</param>
internal sealed unsafe class InterfaceCounters(int index) : IDisposable
{
    private const int LargestAnswer = 64 * 1024;
    private const int AttributeTypes = 0x3fff;

    // Drivers that count when the card is done come late.
    private const int PatienceMs = 300;

    private readonly Descriptor _socket =
        Descriptor.Open(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, Linux.NETLINK_ROUTE), "opening a netlink socket");

    /// <summary>The counters as they are.</summary>
    /// <returns>Null when the kernel does not tell.</returns>
    public SendCounters? Read()
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
        fixed (byte* asked = question)
        fixed (byte* told = answer)
        {
            // The answer is there when the question has been taken.
            long length = (long)send(_socket.Value, asked, question.Length, 0) < 0 ? -1
                : (long)recv(_socket.Value, told, answer.Length, MSG_DONTWAIT);
            return length < 0 ? null : Parse(answer.AsSpan(0, (int)length));
        }
    }

    /// <summary>How far the counters went, once they have gone as far as they must, or some patience is over.</summary>
    /// <param name="before">What <see cref="Read"/> returned before anything was sent.</param>
    /// <param name="sent">Frames the kernel took since.</param>
    public SendCounters? Await(SendCounters? before, long sent)
    {
        long deadline = Environment.TickCount64 + PatienceMs;
        while (before is SendCounters first && Read() is SendCounters now)
        {
            SendCounters since = new(now.Sent - first.Sent, now.Dropped - first.Dropped);
            if (since.Sent >= (ulong)sent || Environment.TickCount64 >= deadline)
            {
                return since;
            }

            Thread.Sleep(5);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Finds IFLA_STATS64 among the attributes of an answer.</summary>
    private static SendCounters? Parse(ReadOnlySpan<byte> answer)
    {
        if (answer.Length < sizeof(nlmsghdr) + sizeof(ifinfomsg)
            || MemoryMarshal.Read<nlmsghdr>(answer).nlmsg_type != Linux.RTM_NEWLINK)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = answer[(sizeof(nlmsghdr) + sizeof(ifinfomsg))..];
        while (rest.Length >= sizeof(nlattr))
        {
            nlattr attribute = MemoryMarshal.Read<nlattr>(rest);
            int length = attribute.nla_len;
            if (length < sizeof(nlattr) || length > rest.Length)
            {
                return null;
            }

            if ((attribute.nla_type & AttributeTypes) == Linux.IFLA_STATS64)
            {
                rtnl_link_stats64 statistics = default; // of other kernels shorter or longer
                ReadOnlySpan<byte> value = rest[sizeof(nlattr)..length];
                value[..Math.Min(value.Length, sizeof(rtnl_link_stats64))].CopyTo(
                    MemoryMarshal.AsBytes(new Span<rtnl_link_stats64>(ref statistics)));
                return new SendCounters(statistics.tx_packets, statistics.tx_errors + statistics.tx_dropped);
            }

            rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        }

        return null;
    }
}
