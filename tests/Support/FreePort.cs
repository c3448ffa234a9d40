using System.Net;
using System.Net.Sockets;

namespace NetTools.Tests.Support;

/// <summary>
/// Port numbers nobody listens on at the moment. Each is given once in a test run, and they lie below those the kernel
/// takes for clients (ip_local_port_range, 32768 to 60999), so that no test beside takes it away again.
/// </summary>
public static class FreePort
{
    private const int First = 10_000;
    private const int Count = 22_000;

    private static int s_next = Random.Shared.Next(Count);

    /// <summary>A port free for TCP on every address, IPv4 and IPv6.</summary>
    public static int Tcp() => Find(SocketType.Stream, ProtocolType.Tcp);

    /// <summary>A port free for UDP on every address, IPv4 and IPv6.</summary>
    public static int Udp() => Find(SocketType.Dgram, ProtocolType.Udp);

    private static int Find(SocketType type, ProtocolType protocol)
    {
        while (true)
        {
            int port = First + (Interlocked.Increment(ref s_next) % Count);
            using Socket socket = new(AddressFamily.InterNetworkV6, type, protocol) { DualMode = true };
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.IPv6Any, port));
                return port;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
            }
        }
    }
}
