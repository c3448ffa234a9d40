using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Udp;

/// <summary>
/// Room for many datagrams with their addresses, for recvmmsg(2) and sendmmsg(2). Buffers are touched only as they are used.
/// </summary>
internal sealed unsafe class DatagramBatch : IDisposable
{
    /// <summary>The longest datagram with its headers.</summary>
    public const int MaxSize = 65536;

    private const int ControlSize = 64;

    private readonly mmsghdr* _messages;
    private readonly iovec* _pieces;
    private readonly byte* _memory;
    private readonly long _memorySize;
    private readonly byte* _addresses;
    private readonly byte* _controls;
    private readonly int _size;

    /// <summary>Reserves the room.</summary>
    /// <param name="count">Datagrams.</param>
    /// <param name="size">Bytes of each, at most.</param>
    public DatagramBatch(int count, int size = MaxSize)
    {
        Count = count;
        _size = size;
        _messages = (mmsghdr*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(mmsghdr));
        _pieces = (iovec*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(iovec));
        _addresses = (byte*)NativeMemory.AllocZeroed((nuint)count, (nuint)SocketAddress.Capacity);
        _controls = (byte*)NativeMemory.AllocZeroed((nuint)count, ControlSize);
        _memorySize = (long)count * size;
        void* memory = mmap(null, checked((int)_memorySize), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
            -1, 0);
        _memory = memory != MAP_FAILED ? (byte*)memory : throw new LibcException("reserving room for datagrams", Errno.Last);
        for (int i = 0; i < count; i++)
        {
            _pieces[i].iov_base = _memory + ((long)i * size);
            Header(i)->msg_iov = &_pieces[i];
            Header(i)->msg_iovlen = 1;
        }
    }

    /// <summary>How many datagrams it holds.</summary>
    public int Count { get; }

    /// <summary>The bytes of one.</summary>
    public byte* this[int index] => _memory + ((long)index * _size);

    /// <summary>How long one is: received, or to be sent.</summary>
    public int Length(int index) => (int)_messages[index].msg_len;

    /// <summary>
    /// How long each datagram of a payload is, but perhaps the last: UDP_GRO joins those that come together (udp(7)).
    /// </summary>
    public int Segment(int index)
    {
        msghdr* header = Header(index);
        for (cmsghdr* control = CMSG_FIRSTHDR(header); control != null; control = CMSG_NXTHDR(header, control))
        {
            if (JoinedDatagrams.Segment(control) is int segment and > 0)
            {
                return segment;
            }
        }

        return Length(index);
    }

    /// <summary>Receives what is there, without waiting.</summary>
    /// <param name="socket">A UDP socket.</param>
    /// <returns>How many came, or -1 and errno.</returns>
    public int Receive(int socket)
    {
        for (int i = 0; i < Count; i++)
        {
            _pieces[i].iov_len = _size;
            msghdr* header = Header(i);
            header->msg_name = _addresses + ((long)i * SocketAddress.Capacity);
            header->msg_namelen = SocketAddress.Capacity;
            header->msg_control = _controls + (i * ControlSize);
            header->msg_controllen = ControlSize;
            header->msg_flags = 0;
        }

        return Linux.recvmmsg(socket, _messages, (uint)Count, MSG_DONTWAIT, null);
    }

    /// <summary>Makes one ready for <see cref="Send"/>.</summary>
    /// <param name="index">Which.</param>
    /// <param name="length">Its bytes.</param>
    /// <param name="target">Where to, or null on a connected socket; it must stay where it is until sent.</param>
    public void Prepare(int index, int length, SocketAddress* target)
    {
        _pieces[index].iov_len = length;
        msghdr* header = Header(index);
        header->msg_name = target != null ? SocketAddress.Pointer(ref *target) : null;
        header->msg_namelen = target != null ? target->Length : 0;
        header->msg_control = null;
        header->msg_controllen = 0;
    }

    /// <summary>Sends the first ones.</summary>
    /// <returns>How many went, or -1 and errno.</returns>
    public int Send(int socket, int count) => Linux.sendmmsg(socket, _messages, (uint)count, MSG_DONTWAIT | MSG_NOSIGNAL);

    /// <summary>
    /// Sends the first ones, each of the full size, as one payload that the socket's UDP_SEGMENT has cut up again.
    /// </summary>
    /// <returns>How many went: all or none; or -1 and errno.</returns>
    public int SendJoined(int socket, int count) =>
        send(socket, _memory, count * _size, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? -1 : count;

    private msghdr* Header(int index) => (msghdr*)&_messages[index]; // the first member

    /// <inheritdoc/>
    public void Dispose()
    {
        munmap(_memory, checked((int)_memorySize));
        NativeMemory.Free(_messages);
        NativeMemory.Free(_pieces);
        NativeMemory.Free(_addresses);
        NativeMemory.Free(_controls);
    }
}
