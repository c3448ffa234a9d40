using System.Net;
using System.Net.Sockets;

namespace NetTools.Tests.Support;

/// <summary>Port numbers nobody listens on at the moment.</summary>
public static class FreePort
{
    /// <summary>A port free for TCP on every address, IPv4 and IPv6.</summary>
    public static int Tcp() => Find(SocketType.Stream, ProtocolType.Tcp);

    /// <summary>A port free for UDP on every address, IPv4 and IPv6.</summary>
    public static int Udp() => Find(SocketType.Dgram, ProtocolType.Udp);

    private static int Find(SocketType type, ProtocolType protocol)
    {
        using Socket socket = new(AddressFamily.InterNetworkV6, type, protocol) { DualMode = true };
        socket.Bind(new IPEndPoint(IPAddress.IPv6Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
