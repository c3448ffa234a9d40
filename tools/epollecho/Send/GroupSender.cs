using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Send;

/// <summary>Sends datagrams to a multicast group, one after the other.</summary>
internal sealed unsafe class GroupSender : IDisposable
{

    private readonly SendSettings _settings;
    private readonly SignalDescriptor _signals;
    private readonly Descriptor _socket;
    private readonly SendResult _result = new();
    private long _startedAt;
    private bool _interrupted;

    /// <summary>Opens the socket.</summary>
    /// <exception cref="LibcException">There is no such interface.</exception>
    public GroupSender(SendSettings settings, SignalDescriptor signals)
    {
        _settings = settings;
        _signals = signals;
        _socket = Descriptor.Open(socket(settings.Group.Family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "opening a UDP socket");
        Multicast.Configure(_socket.Value, settings.Group.Family, settings.InterfaceIndex, settings.Hops, settings.Loop);
    }

    /// <summary>Sends to the end, or to a signal.</summary>
    /// <exception cref="OperationFailedException">A line of standard input does not fit a datagram.</exception>
    public SendResult Run()
    {
        _startedAt = Clock.Nanoseconds;
        if (_settings.FromInput)
        {
            SendLines();
        }
        else
        {
            fixed (byte* message = _settings.Message)
            {
                _result.Unsent = _settings.Count;
                for (long sent = 0; sent < _settings.Count && Wait(sent); sent++)
                {
                    Send(message, _settings.Message.Length);
                    _result.Unsent--;
                }
            }
        }

        _result.DurationNs = Clock.Nanoseconds - _startedAt;
        _result.Interrupted = _interrupted;
        return _result;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Waits until a datagram is due.</summary>
    /// <returns>False when a signal came first.</returns>
    private bool Wait(long number)
    {
        long left;
        do
        {
            long due = _settings.Rate > 0 ? _startedAt + (long)(number * 1e9 / _settings.Rate) : 0;
            left = Math.Max(due - Clock.Nanoseconds, 0);
            pollfd watched = new() { fd = _signals.FileDescriptor, events = (short)POLLIN };
            timespec limit = TimeUnits.Timespec(left);
            _interrupted |= Linux.ppoll(&watched, 1, &limit, null) > 0 && _signals.Next() != 0;
        }
        while (left > 0 && !_interrupted);
        return !_interrupted;
    }

    private void Send(byte* bytes, int length)
    {
        SocketAddress group = _settings.Group;
        long sent;
        while ((sent = (long)(nint)sendto(
            _socket.Value, bytes, length, MSG_NOSIGNAL, SocketAddress.Pointer(ref group), group.Length)) < 0
            && Errno.Last == EINTR)
        {
        }

        if (sent < 0)
        {
            _result.Error(Errno.Name(Errno.Last).ToLowerInvariant());
            return;
        }

        _result.Sent++;
        _result.Bytes += sent;
    }

    /// <summary>Each line of standard input is a datagram, without its end.</summary>
    private void SendLines()
    {
        byte* buffer = (byte*)NativeMemory.Alloc(SendSettings.MaxSize + 1);
        int kept = 0;
        long number = 0;
        bool more = true;
        while (more && WaitForInput())
        {
            int got = (int)(nint)read(0, buffer + kept, SendSettings.MaxSize + 1 - kept);
            if (got < 0 && Errno.Last == EINTR)
            {
                continue;
            }

            Errno.Check(got, "reading standard input");
            more = got > 0;
            kept += got;
            int start = 0;
            while (start < kept && !_interrupted)
            {
                int length = new ReadOnlySpan<byte>(buffer + start, kept - start).IndexOf((byte)'\n');
                if (length < 0 && more)
                {
                    break;
                }

                length = length < 0 ? kept - start : length; // the last one needs no end
                if (Wait(number++))
                {
                    Send(buffer + start, length);
                }

                start += length + 1;
            }

            kept = Math.Max(kept - start, 0);
            if (kept > SendSettings.MaxSize)
            {
                throw new OperationFailedException($"a line is longer than {SendSettings.MaxSize} bytes, the most of a datagram");
            }

            Buffer.MemoryCopy(buffer + start, buffer, SendSettings.MaxSize + 1, kept);
        }

        NativeMemory.Free(buffer);
    }

    private bool WaitForInput()
    {
        pollfd* watched = stackalloc pollfd[2];
        watched[0] = new pollfd { fd = 0, events = (short)POLLIN };
        watched[1] = new pollfd { fd = _signals.FileDescriptor, events = (short)POLLIN };
        while (!_interrupted)
        {
            int ready = Linux.poll(watched, 2, -1);
            _interrupted |= ready > 0 && watched[1].revents != 0 && _signals.Next() != 0;
            if (ready > 0 && watched[0].revents != 0)
            {
                return !_interrupted;
            }
        }

        return false;
    }
}
