using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Packets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing;

/// <summary>A raw ICMP or ICMPv6 socket with its kernel stamps: raw(7), timestamping.rst.</summary>
internal sealed unsafe class PingSocket : IDisposable
{
    private const int BufferLength = 65536 + 256;
    private const int ControlLength = 512;

    private const int StampFlags = Linux.SOF_TIMESTAMPING_RX_SOFTWARE
        | Linux.SOF_TIMESTAMPING_SOFTWARE
        | Linux.SOF_TIMESTAMPING_OPT_ID | Linux.SOF_TIMESTAMPING_OPT_TSONLY;

    private readonly Descriptor _socket;
    private readonly byte* _buffer = (byte*)NativeMemory.Alloc(BufferLength);
    private readonly byte* _control = (byte*)NativeMemory.Alloc(ControlLength);
    private readonly sockaddr_storage* _name = (sockaddr_storage*)NativeMemory.AllocZeroed((nuint)sizeof(sockaddr_storage));

    // Which probe the kernel's n-th transmit stamp is about.
    private readonly ulong* _stampedProbes = (ulong*)NativeMemory.AllocZeroed(ProbeTable.Size, sizeof(ulong));
    private uint _nextStamp;
    private int _stampEvery = 1;

    /// <param name="socket">An open raw socket; owned from now on.</param>
    /// <param name="isV6">ICMPv6, or ICMP.</param>
    public PingSocket(Descriptor socket, bool isV6)
    {
        _socket = socket;
        IsV6 = isV6;
        if (isV6)
        {
            Set(SOL_IPV6, IPV6_RECVHOPLIMIT, 1, "asking for hop limits");
        }
    }

    public bool IsV6 { get; }

    /// <summary>For poll(2): POLLIN for messages, POLLERR for transmit stamps.</summary>
    public int FileDescriptor => _socket.Value;

    /// <summary>Transmit stamps are being asked for.</summary>
    public bool StampsTransmits { get; private set; }

    /// <summary>Transmit stamps that have not come yet.</summary>
    public int StampsExpected { get; private set; }

    /// <summary>Whether the transmit stamp of this probe will be asked for.</summary>
    public bool WillStamp(ulong number) => StampsTransmits && (number & (uint)(_stampEvery - 1)) == 0;

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
            Errno.Check(setsockopt(_socket.Value, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(sock_fprog)), "attaching a filter");
        }

        byte nothing;
        while (recv(_socket.Value, &nothing, 1, MSG_DONTWAIT) >= 0)
        {
            // Between opening the socket and attaching the filter anything may have come.
        }
    }

    /// <summary>Asks for kernel stamps of every message, and of transmits.</summary>
    /// <param name="every">
    /// One transmit stamp is asked for in so many sends, a power of two: 1 for each. A stamp costs a system call and a packet buffer, which a flood
    /// feels.
    /// </param>
    public void EnableStamps(int every)
    {
        _stampEvery = every;
        int flags = every == 1 ? StampFlags | Linux.SOF_TIMESTAMPING_TX_SOFTWARE : StampFlags;
        // An old kernel may refuse; the times then come from user space alone.
        StampsTransmits = setsockopt(_socket.Value, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(int)) == 0;
        _nextStamp = 0;
        StampsExpected = 0;
    }

    /// <summary>Binds to an interface.</summary>
    public void BindToDevice(string name) =>
        Set(SOL_SOCKET, SO_BINDTODEVICE, System.Text.Encoding.UTF8.GetBytes(name + '\0'), $"binding to {name}");

    /// <summary>Connects, so that the kernel drops what comes from elsewhere.</summary>
    public void Connect(HostAddress destination)
    {
        int length = destination.Write(_name);
        Errno.Check(connect(_socket.Value, (sockaddr*)_name, length), $"connecting to {destination}");
    }

    /// <summary>Binds to a source address.</summary>
    public void Bind(HostAddress source)
    {
        int length = source.Write(_name);
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
        bool stamp = WillStamp(number);
        long sent;
        int errno = 0;
        fixed (byte* bytes = packet)
        {
            do
            {
                sent = stamp && _stampEvery > 1
                    ? SendStamped(bytes, packet.Length, length)
                    : Linux.SendToNow(_socket.Value, bytes, (nuint)packet.Length, (sockaddr*)_name, length);
            }
            while (sent < 0 && (errno = Errno.Last) == EINTR);
        }

        if (sent >= 0)
        {
            if (stamp)
            {
                _stampedProbes[(ushort)_nextStamp++] = number;
                StampsExpected++;
            }

            return 0;
        }

        if (StampsTransmits)
        {
            RestartStamps();
        }

        return errno;
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
        *(uint*)CMSG_DATA(control) = Linux.SOF_TIMESTAMPING_TX_SOFTWARE;
        message.msg_controllen = CMSG_SPACE(sizeof(uint));
        return Linux.SendMessageNow(_socket.Value, &message);
    }

    /// <summary>Takes the next message, if there is one.</summary>
    public bool TryReceive(out Received received)
    {
        received = default;
        iovec buffer = new() { iov_base = _buffer, iov_len = BufferLength };
        msghdr message = NewMessage(&buffer);
        message.msg_name = IsV6 ? _name : null; // an IPv4 header names its source
        message.msg_namelen = IsV6 ? sizeof(sockaddr_storage) : 0;
        long length = Receive(&message, 0);
        if (length < 0)
        {
            return false;
        }

        received.Now = Time.Monotonic;
        received.Realtime = Time.Realtime;
        received.Ttl = -1;
        ReadOnlySpan<byte> bytes = new(_buffer, (int)length);
        ReadControl(&message, ref received);
        if (IsV6)
        {
            var from = (sockaddr_in6*)_name;
            received.Source = HostAddress.FromBytes(new ReadOnlySpan<byte>(&from->sin6_addr, 16), from->sin6_scope_id);
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

    /// <summary>Takes the next transmit stamp, if there is one.</summary>
    /// <param name="number">The probe it is about.</param>
    /// <param name="stamp">CLOCK_REALTIME ns, or 0.</param>
    public bool TryReadStamp(out ulong number, out long stamp)
    {
        number = 0;
        stamp = 0;
        iovec nothing = default; // stamps come without their packet: OPT_TSONLY
        msghdr message = NewMessage(&nothing);
        if (Receive(&message, MSG_ERRQUEUE) < 0)
        {
            return false;
        }

        StampsExpected = Math.Max(0, StampsExpected - 1);
        for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != null; c = CMSG_NXTHDR(&message, c))
        {
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
            {
                stamp = SoftwareStamp(c);
            }
            else if ((c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR)
                || (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_RECVERR))
            {
                var error = (sock_extended_err*)CMSG_DATA(c);
                if (error->ee_origin == SO_EE_ORIGIN_TIMESTAMPING)
                {
                    number = _stampedProbes[(ushort)error->ee_data];
                }
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
        NativeMemory.Free(_name);
        NativeMemory.Free(_stampedProbes);
    }

    // Whether a failed send used up a number is the kernel's secret: count from zero again. Stamps of
    // earlier probes that still come then name later probes, and are refused for being older than those.
    private void RestartStamps()
    {
        int none = 0;
        _ = setsockopt(_socket.Value, SOL_SOCKET, SO_TIMESTAMPING, &none, sizeof(int));
        while (TryReadStamp(out _, out _))
        {
            // These are of probes before the failure.
        }

        EnableStamps(_stampEvery);
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
                return length;
            }

            // EHOSTUNREACH is an ICMPv6 message with a bad checksum, which the kernel has thrown away, or like the other
            // two the echo of an ICMP error on a connected socket; the error itself comes as a message.
            if (errno != EINTR && errno != EHOSTUNREACH && errno != ECONNREFUSED && errno != ENETUNREACH)
            {
                throw new LibcException("receiving", errno);
            }
        }
    }

    private static long SoftwareStamp(cmsghdr* c) => Time.Nanoseconds(((scm_timestamping*)CMSG_DATA(c))->ts0);

    private static void ReadControl(msghdr* message, ref Received received)
    {
        for (cmsghdr* c = CMSG_FIRSTHDR(message); c != null; c = CMSG_NXTHDR(message, c))
        {
            if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_TIMESTAMPING)
            {
                received.KernelReceived = SoftwareStamp(c);
            }
            else if (c->cmsg_level == SOL_IPV6 && c->cmsg_type == IPV6_HOPLIMIT)
            {
                received.Ttl = *(int*)CMSG_DATA(c);
            }
        }
    }
}
