using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>A raw socket of TCP or UDP: raw(7). The kernel writes the IP header, the caller the rest.</summary>
internal sealed unsafe class TransportSocket : IDisposable
{
    private const int BufferLength = 2048;
    private const int MostPending = 2; // a second error may arrive between two calls

    private readonly Descriptor _socket;
    private readonly bool _v6;
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferLength);
    private readonly sockaddr_storage* _name = (sockaddr_storage*)NativeMemory.AllocZeroed((nuint)sizeof(sockaddr_storage));
    private int _ttl;

    private TransportSocket(Descriptor socket, bool v6)
    {
        _socket = socket;
        _v6 = v6;
        Attach(EchoFilter.Nothing());
        int on = 1; // without, the kernel reports a packet as sent that a full queue of the link dropped: raw(7)
        Errno.Check(setsockopt(_socket.Value, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof(int)),
            "asking for errors");
    }

    /// <summary>For poll(2).</summary>
    public int FileDescriptor => _socket.Value;

    /// <summary>Opens one that receives nothing yet; null when it may not be opened.</summary>
    public static TransportSocket? TryOpen(bool v6, int protocol, out int errno)
    {
        int fd = socket(v6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
        errno = fd < 0 ? Errno.Last : 0;
        return fd < 0 ? null : new TransportSocket(new Descriptor(fd), v6);
    }

    /// <summary>Sets interface, source address, type of service, path MTU discovery and send buffer, where they are given.
    /// </summary>
    public void SetUp(PingSettings settings)
    {
        if (settings.Device is string device)
        {
            SocketOptions.BindToDevice(_socket.Value, device);
        }

        if (settings.Source is HostAddress address)
        {
            int length = address.Write(_name);
            Errno.Check(bind(_socket.Value, (sockaddr*)_name, length), $"binding to {address}");
        }

        int level = _v6 ? SOL_IPV6 : SOL_IP;
        Set(level, _v6 ? IPV6_TCLASS : IP_TOS, settings.Tos, "setting the type of service");
        Set(level, _v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, settings.PathMtuDiscovery, "setting path MTU discovery");
        Set(SOL_SOCKET, SO_SNDBUF, settings.SendBuffer, "setting the send buffer");
    }

    private void Set(int level, int option, int? value, string doing)
    {
        if (value is int number)
        {
            Errno.Check(setsockopt(_socket.Value, level, option, &number, sizeof(int)), doing);
        }
    }

    /// <summary>Lets the kernel keep away what the program does not accept.</summary>
    public void Attach(sock_filter[] program)
    {
        fixed (sock_filter* first = program)
        {
            sock_fprog filter = new() { len = (ushort)program.Length, filter = first };
            Errno.Check(setsockopt(_socket.Value, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(sock_fprog)),
                "attaching a filter");
        }
    }

    /// <summary>Sends a packet.</summary>
    /// <returns>0, or the error number.</returns>
    public int Send(ReadOnlySpan<byte> packet, HostAddress destination, int ttl)
    {
        if (ttl != _ttl)
        {
            Errno.Check(setsockopt(_socket.Value, _v6 ? SOL_IPV6 : SOL_IP, _v6 ? IPV6_UNICAST_HOPS : IP_TTL, &ttl, sizeof(int)),
                "setting the TTL");
            _ttl = ttl;
        }

        int length = destination.Write(_name);
        int errno = Send(packet, length);
        for (int retry = 0; retry < MostPending && QueuedError.IsPending(errno); retry++)
        {
            errno = Send(packet, length); // an error about another packet may have been reported instead of sending
        }

        return errno;
    }

    /// <summary>Empties the error queue: the ICMP socket has the same errors, with all they say.</summary>
    public void DropErrors()
    {
        byte nothing;
        for (int turn = 0; turn < 256 && recv(_socket.Value, &nothing, 1, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0; turn++)
        {
            // One after the other.
        }
    }

    private int Send(ReadOnlySpan<byte> packet, int nameLength)
    {
        fixed (byte* bytes = packet)
        {
            return Linux.SendToNow(_socket.Value, bytes, (nuint)packet.Length, (sockaddr*)_name, nameLength) < 0 ? Errno.Last : 0;
        }
    }

    /// <summary>Takes the next packet, from its transport header on.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryReceive(out ReadOnlySpan<byte> segment, out HostAddress source)
    {
        segment = default;
        socklen_t length = sizeof(sockaddr_storage);
        long got = (long)(nint)recvfrom(_socket.Value, _buffer, BufferLength, MSG_DONTWAIT, (sockaddr*)_name, &length);
        source = got < 0 ? default : QueuedError.HostAddressOf((sockaddr*)_name);
        if (got < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> bytes = new(_buffer, (int)got);
        segment = _v6 ? bytes : IPv4Header.TryRead(bytes, out IPv4Header ip) ? ip.Payload : default;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        NativeMemory.Free(_buffer);
        NativeMemory.Free(_name);
    }
}
