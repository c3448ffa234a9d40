using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.RawPing.Wire;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>
/// ICMP errors as the error queue of a datagram socket has them: ip(7), IP_RECVERR. The kernel takes them apart; put together
/// again they are judged and printed as those that a raw socket receives.
/// </summary>
internal static unsafe class QueuedError
{
    /// <summary>Asks for them.</summary>
    public static void Enable(PingSocket socket) =>
        socket.Set(socket.IsV6 ? SOL_IPV6 : SOL_IP, socket.IsV6 ? IPV6_RECVERR : IP_RECVERR, 1,
            "asking for errors from the path");

    /// <summary>
    /// A call on the socket gives such an error number once for an error about an earlier request, and does nothing else.
    /// </summary>
    public static bool IsPending(int errno) =>
        errno == EHOSTUNREACH || errno == ECONNREFUSED || errno == ENETUNREACH || errno == EMSGSIZE || errno == EPROTO
        || errno == EREMOTEIO || errno == EACCES || errno == ENOPROTOOPT || errno == EOPNOTSUPP || errno == EHOSTDOWN
            || errno == ENONET;

    /// <summary>Writes the ICMP header of an error before what it quotes, and fills in where it is from.</summary>
    /// <param name="error">What the kernel says, with the sender's address behind it.</param>
    /// <param name="message">Room for the header, then what the error quotes, from the request's ICMP header on.</param>
    /// <param name="received">Gets source and message.</param>
    /// <returns>False when the error did not come from the path.</returns>
    public static bool TryRead(sock_extended_err* error, Span<byte> message, ref Received received)
    {
        bool v6 = error->ee_origin == SO_EE_ORIGIN_ICMP6;
        if (!v6 && error->ee_origin != SO_EE_ORIGIN_ICMP)
        {
            return false;
        }

        received.Source = HostAddressOf((sockaddr*)(error + 1));
        received.Message = message;
        WriteHeader(message, v6, error->ee_type, error->ee_code, error->ee_info);
        return received.Source != default;
    }

    /// <summary>The address in a socket address; of no family, the default.</summary>
    public static HostAddress HostAddressOf(sockaddr* name)
    {
        if (name->sa_family == AF_INET6)
        {
            var v6 = (sockaddr_in6*)name;
            return HostAddress.FromBytes(new ReadOnlySpan<byte>(&v6->sin6_addr, 16), v6->sin6_scope_id);
        }

        return name->sa_family == AF_INET ? HostAddress.FromBytes(new ReadOnlySpan<byte>(&((sockaddr_in*)name)->sin_addr, 4))
            : default;
    }

    /// <summary>The header as it was on the wire, but for the checksum, which the kernel has checked.</summary>
    /// <param name="message">At least a header long.</param>
    /// <param name="v6">ICMPv6, or ICMP.</param>
    /// <param name="type">The type.</param>
    /// <param name="code">The code.</param>
    /// <param name="info">The MTU, the gateway, or where the problem is; of ICMP the kernel gives that one moved down.</param>
    internal static void WriteHeader(Span<byte> message, bool v6, byte type, byte code, uint info)
    {
        message[..IcmpHeader.Length].Clear();
        message[0] = type;
        message[1] = code;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], !v6 && type == IcmpType.ParameterProblem ? info << 24 : info);
    }
}
