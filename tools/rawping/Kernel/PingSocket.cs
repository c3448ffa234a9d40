using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Wire;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Kernel;

/// <summary>A raw or datagram socket of ICMP or ICMPv6 with its kernel stamps: raw(7), icmp(7), timestamping.rst.</summary>
internal sealed unsafe class PingSocket : IDisposable
{
    private const int BufferLength = 65536 + 256;
    private const int ControlLength = 512;
    private const int MostPending = 2; // a second error may arrive between two calls
    private const int MostFailures = 1000;
    private const int QuoteLength = 2048; // Linux quotes up to 548 bytes, and of IPv6 1232

    private readonly Descriptor _socket;
    private readonly RealtimeWatch _clock = new();
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferLength);
    private readonly byte* _control = (byte*)NativeMemory.Alloc(2 * ControlLength); // of a message, and of the error queue
    private readonly byte* _error = (byte*)NativeMemory.AllocZeroed(IcmpHeader.Length + QuoteLength);
    private readonly sockaddr_storage* _name = (sockaddr_storage*)NativeMemory.AllocZeroed((nuint)sizeof(sockaddr_storage));

    // Of the error queue alone: it is drained between two tries to send to the address in the other.
    private readonly sockaddr_storage* _errorName = (sockaddr_storage*)NativeMemory.AllocZeroed((nuint)sizeof(sockaddr_storage));

    /// <param name="socket">An open socket; owned from now on.</param>
    /// <param name="isV6">ICMPv6, or ICMP.</param>
    /// <param name="isDatagram">A datagram socket, or a raw one.</param>
    public PingSocket(Descriptor socket, bool isV6, bool isDatagram)
    {
        _socket = socket;
        Stamps = new TransmitStamps(socket.Value);
        IsV6 = isV6;
        IsDatagram = isDatagram;
        QueuesErrors = isDatagram;
        if (isV6)
        {
            Set(SOL_IPV6, IPV6_RECVHOPLIMIT, 1, "asking for hop limits");
        }
        else if (isDatagram)
        {
            Set(SOL_IP, IP_RECVTTL, 1, "asking for TTLs");
            Set(SOL_IP, IP_RECVOPTS, 1, "asking for IP options");
        }

        // A raw socket reports a full queue of the link (ENOBUFS) only with this; it then queues every ICMP error it sees, too.
        QueuedError.Enable(this);
    }

    public bool IsV6 { get; }

    /// <summary>
    /// The kernel then writes the identifier, gives replies to it alone, without an IP header, and keeps errors in a queue.
    /// </summary>
    public bool IsDatagram { get; }

    /// <summary>
    /// Errors from the path have to be taken from the error queue: a datagram socket has them nowhere else, nor has a connected
    /// raw one. Other raw sockets receive them as messages, past the filter; what their queue has besides is other programs'.
    /// </summary>
    public bool QueuesErrors { get; private set; }

    /// <summary>Receive calls that failed in a row.</summary>
    public int FailedReceives { get; private set; }

    /// <summary>For poll(2): POLLIN for messages, POLLERR for transmit stamps.</summary>
    public int FileDescriptor => _socket.Value;

    /// <summary>Stamps of transmits.</summary>
    public TransmitStamps Stamps { get; }

    /// <summary>Sets an integer option.</summary>
    public void Set(int level, int option, int value, string doing) =>
        Errno.Check(setsockopt(_socket.Value, level, option, &value, sizeof(int)), doing);

    /// <summary>Sets an option of bytes.</summary>
    public void Set(int level, int option, ReadOnlySpan<byte> value, string doing)
    {
        fixed (byte* bytes = value)
        {
            Errno.Check(setsockopt(_socket.Value, level, option, bytes, value.Length), doing);
        }
    }

    /// <summary>Sets the TTL, or hop limit, of what is sent from now on.</summary>
    public void SetTtl(int ttl)
    {
        int level = IsV6 ? SOL_IPV6 : SOL_IP;
        Set(level, IsV6 ? IPV6_UNICAST_HOPS : IP_TTL, ttl, "setting the TTL");
        Set(level, IsV6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, ttl, "setting the TTL");
    }

    /// <summary>Lets the kernel keep away what is not ours, and forgets what came before.</summary>
    public void Attach(sock_filter[] program)
    {
        fixed (sock_filter* first = program)
        {
            sock_fprog filter = new() { len = (ushort)program.Length, filter = first };
            Errno.Check(setsockopt(_socket.Value, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(sock_fprog)),
                "attaching a filter");
        }

        byte nothing;
        while (recv(_socket.Value, &nothing, 1, MSG_DONTWAIT) >= 0)
        {
            // Between opening the socket and attaching the filter anything may have come.
        }
    }

    /// <summary>Binds to an interface.</summary>
    public void BindToDevice(string name) => SocketOptions.BindToDevice(_socket.Value, name);

    /// <summary>Connects, so that the kernel drops what comes from elsewhere.</summary>
    public void Connect(HostAddress destination)
    {
        QueuesErrors = true;
        int length = destination.Write(_name);
        Errno.Check(connect(_socket.Value, (sockaddr*)_name, length), $"connecting to {destination}");
    }

    /// <summary>Binds to a source address and, a datagram socket, to the identifier of what it sends and receives.</summary>
    public void Bind(HostAddress source, ushort id = 0)
    {
        int length = source.Write(_name);
        ((sockaddr_in*)_name)->sin_port = htons(id); // sin6_port stands at the same place
        Errno.Check(bind(_socket.Value, (sockaddr*)_name, length), $"binding to {source}");
    }

    /// <summary>Sends a packet.</summary>
    /// <param name="packet">The ICMP message; with IP_HDRINCL from the IP header on.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="number">The probe, so that its stamp is found.</param>
    /// <returns>0, or the error number.</returns>
    public int Send(ReadOnlySpan<byte> packet, HostAddress destination, ulong number)
    {
        int length = destination.Write(_name);
        bool stamp = Stamps.WillStamp(number);
        int errno = Send(packet, length, stamp);
        for (int retry = 0; retry < MostPending && errno != 0 && QueuedError.IsPending(errno); retry++)
        {
            // Perhaps an error about an earlier request, or another program's, was reported instead of sending: the next call
            // shows.
            RestartStamps();
            errno = Send(packet, length, stamp);
        }

        if (errno != 0)
        {
            RestartStamps();
        }
        else if (stamp)
        {
            Stamps.Sent(number);
        }

        return errno;
    }

    private int Send(ReadOnlySpan<byte> packet, int nameLength, bool stamp)
    {
        long sent;
        int errno = 0;
        fixed (byte* bytes = packet)
        {
            do
            {
                sent = stamp && Stamps.AreAskedSingly
                    ? SendStamped(bytes, packet.Length, nameLength)
                    : Linux.SendToNow(_socket.Value, bytes, (nuint)packet.Length, (sockaddr*)_name, nameLength);
            }
            while (sent < 0 && (errno = Errno.Last) == EINTR);
        }

        return sent < 0 ? errno : 0;
    }

    // Asks for the transmit stamp of this packet alone, by a control message.
    private long SendStamped(byte* bytes, int count, int nameLength)
    {
        iovec buffer = new() { iov_base = bytes, iov_len = count };
        msghdr message = NewMessage(&buffer);
        message.msg_namelen = nameLength;
        var control = (cmsghdr*)_control;
        control->cmsg_len = sizeof(cmsghdr) + sizeof(uint); // Tmds.LibC's CMSG_LEN rounds up, and the kernel refuses that
        control->cmsg_level = SOL_SOCKET;
        control->cmsg_type = SO_TIMESTAMPING;
        *(int*)CMSG_DATA(control) = Stamps.TransmitFlags;
        message.msg_controllen = CMSG_SPACE(sizeof(uint));
        return Linux.SendMessageNow(_socket.Value, &message);
    }

    /// <summary>Takes the next message, if there is one.</summary>
    public bool TryReceive(out Received received)
    {
        received = default;
        iovec buffer = new() { iov_base = _buffer, iov_len = BufferLength };
        msghdr message = NewMessage(&buffer);
        bool named = IsV6 || IsDatagram; // an IPv4 header names its source
        message.msg_name = named ? _name : null;
        message.msg_namelen = named ? sizeof(sockaddr_storage) : 0;
        long length = Receive(&message, 0);
        if (length < 0)
        {
            return false;
        }

        ReadClocks(ref received);
        received.Ttl = -1;
        ReadOnlySpan<byte> bytes = new(_buffer, (int)length);
        ReadControl(&message, ref received);
        if (named)
        {
            received.Source = QueuedError.HostAddressOf((sockaddr*)_name);
            received.Message = bytes;
            return true;
        }

        if (!IPv4Header.TryRead(bytes, out IPv4Header ip))
        {
            return true; // an empty message, which matches nothing
        }

        received.Source = HostAddress.FromBytes(ip.Source);
        received.Ttl = ip.TimeToLive;
        received.Message = ip.Payload;
        received.Options = ip.Options;
        received.IsTruncated = ip.IsTruncated;
        return true;
    }

    /// <summary>Takes the next transmit stamp or error from the path, if there is one.</summary>
    /// <param name="stamp">A stamp, or the default.</param>
    /// <param name="error">An error, from a datagram socket; an empty message when it is none. Valid until the next call.</param>
    public bool TryReadErrorQueue(out TransmitStamp stamp, out Received error)
    {
        stamp = default;
        error = default;
        iovec quote = new() { iov_base = _error + IcmpHeader.Length, iov_len = QuoteLength }; // a stamp has none: OPT_TSONLY
        msghdr message = NewMessage(&quote);
        message.msg_name = _errorName;
        message.msg_control = _control + ControlLength; // a message that was received before stays as it is
        long length = Receive(&message, MSG_ERRQUEUE);
        if (length < 0)
        {
            return false;
        }

        error.Ttl = -1;
        ReadControl(&message, ref error);
        for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != null; c = CMSG_NXTHDR(&message, c))
        {
            if ((c->cmsg_level != SOL_IP || c->cmsg_type != IP_RECVERR)
                && (c->cmsg_level != SOL_IPV6 || c->cmsg_type != IPV6_RECVERR))
            {
                continue;
            }

            var what = (sock_extended_err*)CMSG_DATA(c);
            if (what->ee_origin == SO_EE_ORIGIN_TIMESTAMPING)
            {
                stamp = new TransmitStamp(Stamps.Came(what->ee_data), error.KernelReceived, error.HardwareReceived);
            }
            else if (QueuesErrors && QueuedError.TryRead(
                what, new Span<byte>(_error, IcmpHeader.Length + (int)length), ref error))
            {
                ReadClocks(ref error);
                error.RequestDestination = QueuedError.HostAddressOf((sockaddr*)_errorName);
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        NativeMemory.Free(_buffer);
        NativeMemory.Free(_control);
        NativeMemory.Free(_error);
        NativeMemory.Free(_name);
        NativeMemory.Free(_errorName);
        Stamps.Dispose();
    }

    // Whether a failed send used up a number is the kernel's secret: count from zero again. Stamps of
    // earlier probes that still come then name later probes, and are refused for being older than those.
    private void RestartStamps()
    {
        if (!Stamps.AreOn)
        {
            return;
        }

        Stamps.Disable();
        while (!QueuesErrors && TryReadErrorQueue(out _, out _))
        {
            // These are of probes before the failure. Where the queue has errors as well, they must not be lost.
        }

        Stamps.EnableAgain();
    }

    private msghdr NewMessage(iovec* buffer) => new()
    {
        msg_name = _name,
        msg_namelen = sizeof(sockaddr_storage),
        msg_iov = buffer,
        msg_iovlen = 1,
        msg_control = _control,
        msg_controllen = ControlLength,
    };

    private long Receive(msghdr* message, int flags)
    {
        while (true)
        {
            long length = Linux.ReceiveMessageNow(_socket.Value, message, flags);
            int errno = length < 0 ? Errno.Last : 0;
            if (errno == 0 || errno == EAGAIN)
            {
                FailedReceives = errno == 0 ? 0 : FailedReceives;
                return length;
            }

            // EHOSTUNREACH is an ICMPv6 message with a bad checksum, which the kernel has thrown away, or like the others
            // the echo of an ICMP error; the error itself comes as a message, or by the error queue.
            if (errno != EINTR && !QueuedError.IsPending(errno))
            {
                // One failure (ENOBUFS, ENOMEM, ENETDOWN) says nothing about the next call.
                return ++FailedReceives < MostFailures ? -1 : throw new LibcException("receiving", errno);
            }
        }
    }

    private void ReadClocks(ref Received received)
    {
        received.Now = Clock.Nanoseconds;
        received.Realtime = _clock.At(received.Now, Clock.RealtimeNanoseconds);
        received.LastStep = Math.Max(0, _clock.LastStep);
    }

    /// <summary>Takes what the kernel says about a message from its control data.</summary>
    internal static void ReadControl(msghdr* message, ref Received received)
    {
        for (cmsghdr* c = CMSG_FIRSTHDR(message); c != null; c = CMSG_NXTHDR(message, c))
        {
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
            {
                var stamps = (scm_timestamping*)CMSG_DATA(c);
                received.KernelReceived = TimeUnits.Nanoseconds(stamps->ts0);
                received.HardwareReceived = TimeUnits.Nanoseconds(stamps->ts2); // ts1 is of a kernel long gone
            }
            else if ((c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
                || (c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL))
            {
                received.Ttl = *(int*)CMSG_DATA(c);
            }
            else if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVOPTS)
            {
                received.Options = new ReadOnlySpan<byte>(CMSG_DATA(c), (int)c->cmsg_len - sizeof(cmsghdr));
            }
        }
    }
}
