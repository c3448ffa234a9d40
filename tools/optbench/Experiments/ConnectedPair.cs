using NetTools.OptBench.Client;
using NetTools.OptBench.Link;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Both ends of a TCP connection in this process, over loopback or between two network namespaces: for what needs no clock.
/// </summary>
internal sealed class ConnectedPair : IDisposable
{
    private const int SilenceMs = 5_000;

    private readonly Descriptor _listener;
    private readonly Descriptor _client;
    private readonly Descriptor _server;

    /// <summary>Connects.</summary>
    /// <param name="configureListener">Sets options of the listener before bind, or null.</param>
    /// <param name="port">0 for any.</param>
    public ConnectedPair(Action<int>? configureListener = null, int port = 0)
    {
        _listener = Listener.OpenTcp(SocketAddress.From(System.Net.IPAddress.Loopback, port), 16, configureListener,
            out SocketAddress address);
        Address = address;
        _client = Connect(address);
        _server = Accept(_listener.Value);
        Wire.SetTimeout(_server.Value, SilenceMs);
    }

    /// <summary>Connects from one network namespace to another.</summary>
    /// <param name="near">Where it connects from.</param>
    /// <param name="far">Where it listens.</param>
    /// <param name="address">The far end's.</param>
    public ConnectedPair(NetworkNamespace near, NetworkNamespace far, System.Net.IPAddress address)
    {
        SocketAddress bound = default;
        _listener = far.Inside(() => Listener.OpenTcp(SocketAddress.From(address, 0), 1, configure: null, out bound));
        Address = bound;
        _client = near.Inside(() => Connect(bound));
        _server = Accept(_listener.Value);
        Wire.SetTimeout(_server.Value, SilenceMs);
    }

    /// <summary>Where the listener is.</summary>
    public SocketAddress Address { get; }

    /// <summary>The end that connected.</summary>
    public int Client => _client.Value;

    /// <summary>The end that was accepted.</summary>
    public int Server => _server.Value;

    /// <summary>A byte there and a byte back.</summary>
    public void Exchange()
    {
        Pass(Client, Server);
        Pass(Server, Client);
    }

    /// <summary>Closes one end after the other, so that the first to close keeps the TIME_WAIT.</summary>
    public void CloseServerFirst()
    {
        _server.Dispose();
        Span<byte> end = stackalloc byte[1];
        Wire.Receive(Client, end);
        _client.Dispose();
    }

    /// <summary>Closes the end that connected.</summary>
    public void CloseClient() => _client.Dispose();

    /// <summary>Waits until the socket has something to read or, a listener, to accept; false after the time.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="milliseconds">How long.</param>
    public static unsafe bool IsReadable(int socket, int milliseconds)
    {
        pollfd arrived = new() { fd = socket, events = POLLIN };
        return poll(&arrived, 1, milliseconds) > 0;
    }

    /// <summary>Closes the listener.</summary>
    public void StopListening() => _listener.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _listener.Dispose();
    }

    /// <summary>A blocking connection to a listener of this process.</summary>
    public static unsafe Descriptor Connect(SocketAddress address)
    {
        Descriptor client = Descriptor.Open(socket(address.Family, SOCK_STREAM | SOCK_CLOEXEC, 0), "creating a socket");
        Wire.SetTimeout(client.Value, SilenceMs);
        Errno.Check(connect(client.Value, SocketAddress.Pointer(ref address), address.Length), $"connecting to {address}");
        return client;
    }

    /// <summary>Accepts a connection that is there already, or whose last ACK is still on its way over a link.</summary>
    public static unsafe Descriptor Accept(int listener)
    {
        IsReadable(listener, SilenceMs);
        return Descriptor.Open(accept4(listener, null, null, SOCK_CLOEXEC), "accepting a connection");
    }

    private static void Pass(int from, int to)
    {
        Span<byte> one = stackalloc byte[1];
        if (!Wire.Send(from, one) || !Wire.Receive(to, one))
        {
            throw new PeerLostException("exchanging bytes on loopback");
        }
    }
}
