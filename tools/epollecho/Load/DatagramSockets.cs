using System.Runtime.InteropServices;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// The UDP sockets of a load. Each is connected to an address of the name: the first that has a route, and the next where one
/// refuses. To a multicast group they are not connected.
/// </summary>
internal sealed unsafe class DatagramSockets : IDisposable
{
    private readonly LoadSettings _settings;
    private readonly Descriptor[] _sockets;
    private readonly int[] _places; // of their addresses in the list
    private readonly SocketAddress* _target;

    /// <summary>Opens them all.</summary>
    /// <exception cref="LibcException">One cannot be opened or connected.</exception>
    public DatagramSockets(LoadSettings settings)
    {
        _settings = settings;
        _target = (SocketAddress*)NativeMemory.AllocZeroed((nuint)sizeof(SocketAddress));
        *_target = settings.Targets[0];
        DescriptorLimit.Raise();
        _places = new int[settings.Connections];
        _sockets = new Descriptor[settings.Connections];
        for (int i = 0; i < _sockets.Length; i++)
        {
            _sockets[i] = Open(i);
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => _sockets.Length;

    /// <summary>The address to send to, or null on connected sockets.</summary>
    public SocketAddress* Group => Multicast.IsGroup(_target->Address) ? _target : null;

    /// <summary>The descriptor of one.</summary>
    public int this[int index] => _sockets[index].Value;

    /// <summary>Opens a socket again, to the next address of the name.</summary>
    /// <returns>False when there is no other: the socket stays as it is.</returns>
    public bool TryNextAddress(int index)
    {
        if (_places[index] == _settings.Targets.Length - 1)
        {
            return false;
        }

        _sockets[index].Dispose();
        _places[index]++;
        _sockets[index] = Open(index);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_sockets, socket => socket.Dispose());
        NativeMemory.Free(_target);
    }

    private Descriptor Open(int index)
    {
        while (true)
        {
            SocketAddress target = _settings.Targets[_places[index]];
            Descriptor socket = Descriptor.Open(
                Tmds.Linux.LibC.socket(target.Family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "opening a UDP socket");
            SocketOption.ReceiveBuffer.TrySet(socket.Value, 1 << 20);
            if (_settings.Joined)
            {
                SocketOption.UdpJoinedReceive.Set(socket.Value, 1);
                SocketOption.UdpSegment.Set(socket.Value, _settings.Sizes.Most);
            }

            if (Group != null)
            {
                Multicast.Configure(socket.Value, target.Family, _settings.InterfaceIndex, _settings.Hops, loop: true);
                return socket;
            }

            int result = connect(socket.Value, SocketAddress.Pointer(ref target), target.Length);
            if (result == 0 || _places[index] == _settings.Targets.Length - 1)
            {
                Errno.Check(result, $"connecting to {target}");
                return socket;
            }

            socket.Dispose();
            _places[index]++;
        }
    }
}
