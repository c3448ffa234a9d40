using System.Net;
using NetTools.Sockets;
using static Tmds.Linux.LibC;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// Where connections come from. One address has about 28,000 ports for one target, and those of closed connections rest for a
/// minute; so connections to 127.0.0.0/8 come from one address of it after the other. To other targets the kernel chooses.
/// </summary>
/// <param name="target">Where they go.</param>
internal sealed unsafe class SourceAddresses(SocketAddress target)
{
    private const int Each = 12_000; // connect(2) takes every second port; once those are gone it searches long for the others
    private const int Apart = 7;
    private const int Addresses = 250;

    private readonly bool _spread = target.Family == AF_INET && IPAddress.IsLoopback(target.Address);
    private long _count;
    private SocketAddress _source = SocketAddress.From(IPAddress.Loopback, 0);

    /// <summary>Binds a socket to the address that is its turn. Allocates once in thousands of times.</summary>
    public void BindNext(int socket)
    {
        if (!_spread)
        {
            return;
        }

        if (_count++ % Each == 0)
        {
            int host = (int)(((_count / Each) + ((long)Environment.ProcessId * Apart)) % Addresses) + 1; // several of us at once share no ports
            _source = SocketAddress.From(new IPAddress([127, 0, 0, (byte)host]), 0);
        }

        SocketAddress source = _source;
        SocketOption.BindAddressNoPort.TrySet(socket, 1);
        bind(socket, SocketAddress.Pointer(ref source), source.Length); // without it connect(2) chooses, and says what is wrong
    }
}
