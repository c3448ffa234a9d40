using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Client;

/// <summary>What lies between both ends.</summary>
/// <param name="RoundTripUs">
/// The smallest round trip of the handshakes, as TCP sees it, microseconds; null where the kernel does not say.
/// </param>
/// <param name="MtuBytes">Path MTU, ip(7); null where the kernel does not say.</param>
internal sealed record NetworkPath(long? RoundTripUs, long? MtuBytes)
{
    private const int IP_MTU = 14;
    private const int IPV6_MTU = 24;

    /// <summary>Opens a connection and looks. Shows too that the far end is there and takes our token.</summary>
    /// <exception cref="OperationFailedException">No connection, or the server refuses us.</exception>
    /// <exception cref="PeerLostException">It does not answer.</exception>
    public static unsafe NetworkPath Probe(Peer peer)
    {
        using JobConnection connection =
            JobConnection.Open(peer with { Congestion = "" }, new JobRequest(JobKind.Echo, 1, 1, 0, JobRequest.LongestMs));
        uint roundTrip = TcpInfo.Read(connection.Socket).MinRttUs;
        bool six = peer.Address.Family == AF_INET6;
        int mtu = 0;
        socklen_t length = sizeof(int);
        bool known = getsockopt(connection.Socket, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_MTU : IP_MTU, &mtu, &length) == 0
            && mtu > 0;
        return new(roundTrip > 0 ? roundTrip : null, known ? mtu : null);
    }
}
