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
/// <param name="first">The number of the first address; what others take at the same time should be another.</param>
/// <param name="step">From one address to the next: several processes with neighbouring first addresses never share one.</param>
internal sealed unsafe class SourceAddresses(SocketAddress target, int first, int step)
{
    private const int Each = 12_000; // connect(2) takes every second port; once those are gone it searches long for the others
    private const int Hosts = 250; // 1 to 250 in the last byte
    private const int Addresses = Hosts * 250;

    private readonly bool _spread = target.Family == AF_INET && IPAddress.IsLoopback(target.Address);
    private long _count;
    private SocketAddress _source = SocketAddress.From(IPAddress.Loopback, 0);

    /// <summary>The address that goes by a number: 127.0.0.1, 127.0.0.2, ...</summary>
    public static IPAddress Numbered(long number)
    {
        int place = (int)(number % Addresses);
        return new IPAddress([127, 0, (byte)(place / Hosts), (byte)((place % Hosts) + 1)]);
    }

    /// <summary>Binds a socket to the address that is its turn. Allocates once in thousands of times.</summary>
    public void BindNext(int socket)
    {
        if (!_spread)
        {
            return;
        }

        if (_count % Each == 0)
        {
            _source = SocketAddress.From(Numbered(first + (_count / Each * step)), 0);
        }

        _count++;
        SocketAddress source = _source;
        SocketOption.BindAddressNoPort.TrySet(socket, 1);
        bind(socket, SocketAddress.Pointer(ref source), source.Length); // without it connect(2) chooses, and says what is wrong
    }

    /// <summary>
    /// Leaves the rest of this address, whose ports are gone before their time: a narrow range, or others took them.
    /// </summary>
    /// <returns>False when there is no other address.</returns>
    public bool Skip()
    {
        _count = ((_count / Each) + 1) * Each;
        return _spread;
    }
}
