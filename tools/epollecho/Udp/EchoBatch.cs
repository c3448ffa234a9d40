using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Udp;

/// <summary>
/// Datagrams that come together, and their echoes. What came from one peer goes back to it as one payload that the kernel cuts
/// up (UDP_SEGMENT, udp(7)), in its order: routing, queueing and waking are then paid for once.
/// </summary>
internal sealed unsafe class EchoBatch : IDisposable
{
    /// <summary>Payloads that one call receives; with UDP_GRO each may be many datagrams of one peer.</summary>
    public const int Capacity = 64;

    private const int MaxSize = 65536;
    private const int ControlSize = 128;
    private const int Buckets = 256;
    private const int FirstOrdinaryPort = 1024;

    // With a power of two between them, the beginnings of all the buffers would share the same few lines of the cache.
    private const int Stride = MaxSize + (5 * 64);

    private readonly mmsghdr* _received = Array<mmsghdr>();
    private readonly mmsghdr* _replies = Array<mmsghdr>();
    private readonly iovec* _room = Array<iovec>();
    private readonly iovec* _pieces = Array<iovec>();
    private readonly sockaddr_in6* _peers = Array<sockaddr_in6>();
    private readonly Payload* _payloads = Array<Payload>();
    private readonly Joined* _joined = Array<Joined>();
    private readonly byte* _controlsIn = (byte*)NativeMemory.AllocZeroed(Capacity, ControlSize);
    private readonly byte* _controlsOut = (byte*)NativeMemory.AllocZeroed(Capacity, ControlSize);
    private readonly sbyte* _latest = (sbyte*)NativeMemory.Alloc(Buckets); // by a hash of the peer: the last reply made for it
    private readonly byte* _memory;
    // after silence the first answer must not wait for a full batch: its peer works on it while the others are read
    private int _most = 1;
    private int _used = Capacity;
    private int _tooLong = int.MaxValue;
    private readonly int _ownPort;
    private readonly int _interfaceIndex;

    /// <summary>Reserves the room; it is touched only as it is used.</summary>
    /// <param name="ownPort">The port of the socket: a datagram from the same port gets no answer.</param>
    /// <param name="interfaceIndex">Where multicast is answered; 0 for anywhere.</param>
    /// <exception cref="LibcException">No memory.</exception>
    public EchoBatch(int ownPort, int interfaceIndex)
    {
        _ownPort = ownPort;
        _interfaceIndex = interfaceIndex;
        void* memory = mmap(null, Capacity * Stride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        _memory = memory != MAP_FAILED ? (byte*)memory : throw new LibcException("reserving room for datagrams", Errno.Last);
        for (int i = 0; i < Capacity; i++)
        {
            _room[i] = new iovec { iov_base = _memory + ((long)i * Stride), iov_len = MaxSize };
            msghdr* header = Header(_received, i);
            header->msg_name = &_peers[i];
            header->msg_iov = &_room[i];
            header->msg_iovlen = 1;
            header->msg_control = _controlsIn + (i * ControlSize);
        }
    }

    /// <summary>How many replies <see cref="Receive"/> has made ready.</summary>
    public int Replies { get; private set; }

    /// <summary>The datagrams of this batch that get no reply.</summary>
    public int Ignored { get; private set; }

    /// <summary>The datagrams that one reply is cut into.</summary>
    public int Datagrams(int reply) => _joined[reply].Segments;

    /// <summary>The bytes of one reply.</summary>
    public int Bytes(int reply) => _joined[reply].Bytes;

    /// <summary>Receives what is there, without waiting, and makes the replies ready.</summary>
    /// <param name="socket">A UDP socket.</param>
    /// <returns>How many payloads came, or -1 and errno.</returns>
    public int Receive(int socket)
    {
        for (int i = 0; i < _used; i++)
        {
            msghdr* header = Header(_received, i);
            header->msg_namelen = sizeof(sockaddr_in6);
            header->msg_controllen = ControlSize;
        }

        _used = 0;
        Replies = 0;
        Ignored = 0;
        int count = Linux.recvmmsg(socket, _received, (uint)_most, MSG_DONTWAIT, null);
        _most = count > 0 ? Math.Min(2 * _most, Capacity) : 1;
        if (count > 0)
        {
            _used = count;
            Join(count);
        }

        return count;
    }

    /// <summary>Sends replies back to where the datagrams came from, and from the address they were sent to.</summary>
    /// <param name="socket">The socket they came by.</param>
    /// <param name="first">The first reply; all after it follow.</param>
    /// <returns>How many replies went, or -1 and errno.</returns>
    public int Send(int socket, int first)
    {
        if (IsTooLong(first))
        {
            return SendSingly(socket, first);
        }

        int sent = Linux.sendmmsg(socket, _replies + first, (uint)(Replies - first), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && _joined[first].Segments > 1 && Errno.Last is int errno
            && (errno == EMSGSIZE || errno == EINVAL || errno == EIO))
        {
            // Longer than a packet of the way back: only whole datagrams can be cut by IP. Or there is no UDP_SEGMENT at all.
            _tooLong = Math.Min(_tooLong, _joined[first].Segment);
            return SendSingly(socket, first);
        }

        return sent;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        munmap(_memory, Capacity * Stride);
        NativeMemory.Free(_received);
        NativeMemory.Free(_replies);
        NativeMemory.Free(_room);
        NativeMemory.Free(_pieces);
        NativeMemory.Free(_peers);
        NativeMemory.Free(_payloads);
        NativeMemory.Free(_joined);
        NativeMemory.Free(_controlsIn);
        NativeMemory.Free(_controlsOut);
        NativeMemory.Free(_latest);
    }

    private static T* Array<T>()
        where T : unmanaged => (T*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(T));

    private static msghdr* Header(mmsghdr* messages, int index) => (msghdr*)&messages[index]; // the first member

    private void Join(int count)
    {
        new Span<sbyte>(_latest, Buckets).Fill(-1);
        for (int i = 0; i < count; i++)
        {
            Payload* payload = &_payloads[i];
            if (!Read(payload, i))
            {
                Ignored += payload->Segments;
                payload->Reply = -1;
                continue;
            }

            sbyte* latest = &_latest[Hash(&_peers[i])];
            int reply = *latest;
            if (reply < 0 || !Fits(payload, &_joined[reply]) || !SamePath(i, _joined[reply].First))
            {
                reply = Replies++;
                _joined[reply] = new Joined { First = i, Segment = payload->Segment };
                *latest = (sbyte)reply;
            }

            payload->Reply = reply;
            _joined[reply].Bytes += payload->Length;
            _joined[reply].Segments += payload->Segments;
            _joined[reply].Pieces++;
        }

        int piece = 0;
        for (int reply = 0; reply < Replies; reply++)
        {
            Prepare(reply, piece);
            piece += _joined[reply].Pieces;
            _joined[reply].Pieces = 0;
        }

        for (int i = 0; i < count; i++)
        {
            if (_payloads[i].Reply < 0)
            {
                continue;
            }

            Joined* joined = &_joined[_payloads[i].Reply];
            Header(_replies, _payloads[i].Reply)->msg_iov[joined->Pieces++] =
                new iovec { iov_base = _room[i].iov_base, iov_len = _payloads[i].Length };
        }
    }

    /// <summary>Reads what came with a payload.</summary>
    /// <returns>
    /// False when it is not to be answered. A datagram from a port of a system service, or from a port like our own, may be
    /// another server's: the two would answer one another for ever (CVE-2024-2169).
    /// </returns>
    private bool Read(Payload* payload, int index)
    {
        // sin_port and sin6_port stand at the same offset.
        int port = ntohs(((sockaddr_in*)&_peers[index])->sin_port);
        bool answers = port >= FirstOrdinaryPort && port != _ownPort;
        *payload = new Payload { Length = (int)_received[index].msg_len };
        payload->Segment = payload->Length;
        payload->Segments = 1;
        msghdr* header = Header(_received, index);
        for (cmsghdr* control = CMSG_FIRSTHDR(header); control != null; control = CMSG_NXTHDR(header, control))
        {
            if (control->cmsg_level != IPPROTO_UDP)
            {
                // IP_PKTINFO or IPV6_PKTINFO, which sends as it was received; but nothing is sent from the address of a group.
                bool toGroup = IsToGroup(control, out int interfaceIndex);
                payload->Info = toGroup ? null : control;
                answers &= !toGroup || _interfaceIndex == 0 || interfaceIndex == _interfaceIndex;
            }
            else if (JoinedDatagrams.Segment(control) is int segment and > 0 && segment < payload->Length)
            {
                payload->Segment = segment;
                payload->Segments = (payload->Length + segment - 1) / segment;
            }
        }

        return answers;
    }

    /// <summary>Whether a datagram was sent to a group, and by which interface it came.</summary>
    private static bool IsToGroup(cmsghdr* info, out int interfaceIndex)
    {
        byte* data = CMSG_DATA(info);
        // struct in6_pktinfo: address, index; in_pktinfo: index, local address, address
        bool six = info->cmsg_level == IPPROTO_IPV6;
        interfaceIndex = six ? *(int*)(data + 16) : *(int*)data;
        return six ? data[0] == 0xff : (data[8] & 0xf0) == 0xe0;
    }

    /// <summary>Whether a payload can follow what a reply has: all but the last datagram must have one length.</summary>
    private bool Fits(Payload* payload, Joined* joined) =>
        payload->Length > 0
        && joined->Bytes == joined->Segments * joined->Segment
        && (payload->Segment == joined->Segment || (payload->Segments == 1 && payload->Length < joined->Segment))
        && joined->Segment < _tooLong
        && joined->Bytes + payload->Length <= JoinedDatagrams.MaxBytes
        && joined->Segments + payload->Segments <= JoinedDatagrams.MaxCount;

    private bool SamePath(int a, int b)
    {
        return Bytes(Header(_received, a)->msg_name, (int)Header(_received, a)->msg_namelen)
                .SequenceEqual(Bytes(Header(_received, b)->msg_name, (int)Header(_received, b)->msg_namelen))
            && Info(_payloads[a].Info).SequenceEqual(Info(_payloads[b].Info));

        static ReadOnlySpan<byte> Bytes(void* start, int length) => new(start, length);
        static ReadOnlySpan<byte> Info(cmsghdr* info) => info == null ? default : new(info, (int)info->cmsg_len);
    }

    private static byte Hash(sockaddr_in6* peer)
    {
        // sockaddr_in has its port in the same word, its address where the flow label is here, and nothing in the last word.
        uint* words = (uint*)peer;
        uint mixed = (words[0] ^ words[1] ^ words[5]) * 0x9e3779b1;
        return (byte)(mixed >> 24);
    }

    private void Prepare(int reply, int piece)
    {
        Joined* joined = &_joined[reply];
        msghdr* from = Header(_received, joined->First);
        msghdr* header = Header(_replies, reply);
        header->msg_name = from->msg_name;
        header->msg_namelen = from->msg_namelen;
        header->msg_iov = _pieces + piece;
        header->msg_iovlen = joined->Pieces;

        byte* control = _controlsOut + (reply * ControlSize);
        header->msg_control = control;
        cmsghdr* info = _payloads[joined->First].Info;
        joined->InfoSpace = 0;
        if (info != null)
        {
            int length = (int)info->cmsg_len;
            joined->InfoSpace = (length + sizeof(long) - 1) & -sizeof(long);
            Buffer.MemoryCopy(info, control, ControlSize, length);
        }

        header->msg_controllen = joined->InfoSpace;
        if (joined->Segments > 1)
        {
            cmsghdr* cut = (cmsghdr*)(control + joined->InfoSpace);
            cut->cmsg_len = sizeof(cmsghdr) + sizeof(ushort);
            cut->cmsg_level = IPPROTO_UDP;
            cut->cmsg_type = Linux.UDP_SEGMENT;
            *(ushort*)CMSG_DATA(cut) = (ushort)joined->Segment;
            header->msg_controllen = joined->InfoSpace + CMSG_SPACE(sizeof(ushort));
        }
    }

    private bool IsTooLong(int reply) => _joined[reply].Segments > 1 && _joined[reply].Segment >= _tooLong;

    /// <summary>Sends the datagrams of one reply one by one.</summary>
    /// <returns>1, or -1 and errno of the one that failed; those after it are lost too.</returns>
    private int SendSingly(int socket, int reply)
    {
        Joined* joined = &_joined[reply];
        msghdr single = *Header(_replies, reply);
        single.msg_controllen = joined->InfoSpace;
        single.msg_iovlen = 1;
        iovec* pieces = single.msg_iov;
        for (int i = 0; i < joined->Pieces; i++)
        {
            long length = (long)(ulong)pieces[i].iov_len;
            for (long sent = 0; sent < length; sent += joined->Segment)
            {
                iovec part = new()
                {
                    iov_base = (byte*)pieces[i].iov_base + sent,
                    iov_len = (int)Math.Min(joined->Segment, length - sent)
                };
                single.msg_iov = &part;
                if (sendmsg(socket, &single, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
                {
                    return -1;
                }
            }
        }

        return 1;
    }

    /// <summary>What was received as one: a datagram, or several of one peer.</summary>
    private struct Payload
    {
        public int Length;
        public int Segment; // the length of each datagram but the last
        public int Segments;
        public int Reply;
        public cmsghdr* Info;
    }

    /// <summary>A reply: payloads of one peer, one after the other.</summary>
    private struct Joined
    {
        public int First;
        public int Segment;
        public int Segments;
        public int Bytes;
        public int Pieces;
        public int InfoSpace;
    }
}
