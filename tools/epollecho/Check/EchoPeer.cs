using System.Runtime.CompilerServices;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Check;

/// <summary>
/// A client of the server that is examined. Its bytes are a stream of its own, in which every byte follows from its place, so
/// each byte that comes back is compared. All 256 values occur, unless only letters are wanted. No call waits for longer than
/// it is told to.
/// </summary>
internal sealed unsafe class EchoPeer : IDisposable
{
    private const int Piece = 65_536;

    // One for all: 10,000 peers would have 655 MB.
    [ThreadStatic]
    private static byte[]? s_buffer;

    private readonly byte[] _buffer = s_buffer ??= new byte[Piece];
    private readonly uint _seed;
    private readonly bool _letters;
    private readonly Descriptor _socket;
    private bool _connecting = true;

    /// <summary>Begins to connect.</summary>
    /// <param name="target">The server.</param>
    /// <param name="seed">Chooses the stream: no two peers should have the same.</param>
    /// <param name="receiveBuffer">SO_RCVBUF in bytes; 0 leaves it to the kernel.</param>
    /// <param name="letters">Letters only, for trials that are not about the bytes.</param>
    /// <exception cref="LibcException">No socket is to be had.</exception>
    public EchoPeer(SocketAddress target, int seed, int receiveBuffer, bool letters)
    {
        _letters = letters;
        _seed = (uint)seed * 2_654_435_761;
        _socket = Descriptor.Open(socket(target.Family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "opening a TCP socket");
        int on = 1;
        setsockopt(_socket.Value, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(int));
        if (receiveBuffer > 0)
        {
            setsockopt(_socket.Value, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof(int));
        }

        if (connect(_socket.Value, SocketAddress.Pointer(ref target), target.Length) == 0)
        {
            _connecting = false;
        }
        else if (Errno.Last != EINPROGRESS)
        {
            Error = Errno.Name(Errno.Last);
        }
    }

    /// <summary>The descriptor.</summary>
    public int Socket => _socket.Value;

    /// <summary>Bytes the kernel took.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes that came back.</summary>
    public long Received { get; private set; }

    /// <summary>Where in the stream the first wrong byte stood, or -1.</summary>
    public long FirstWrong { get; private set; } = -1;

    /// <summary>True when the server has closed its side.</summary>
    public bool Ended { get; private set; }

    /// <summary>The name of the error that ended the connection, or null.</summary>
    public string? Error { get; private set; }

    /// <summary>True when everything that was sent came back right.</summary>
    public bool Whole => Received == Sent && FirstWrong < 0;

    /// <summary>True when no more can come.</summary>
    public bool Over => Ended || Error is not null;

    /// <summary>Sends more of the stream and reads meanwhile, until everything is back or nothing more comes.</summary>
    /// <param name="bytes">How many to send.</param>
    /// <param name="piece">Most bytes in one send(2).</param>
    /// <param name="patienceMs">How long nothing may happen.</param>
    /// <returns>True when everything came back right.</returns>
    public bool Exchange(long bytes, int piece, int patienceMs = Subject.PatienceMs)
    {
        long goal = Sent + bytes;
        long quietSince = Clock.Nanoseconds;
        while (!Over && FirstWrong < 0 && (Sent < goal || Received < Sent) && Quiet(quietSince) < patienceMs)
        {
            long before = Sent + Received;
            Wait(Sent < goal || _connecting, patienceMs);
            if (Sent < goal)
            {
                Send((int)Math.Min(piece, goal - Sent));
            }

            Receive();
            if (Sent + Received != before)
            {
                quietSince = Clock.Nanoseconds;
            }
        }

        return Whole && Sent == goal;
    }

    /// <summary>Sends without reading until the kernel takes no more, or <paramref name="most"/> bytes are sent.</summary>
    public void Fill(long most, int quietMs)
    {
        long quietSince = Clock.Nanoseconds;
        while (!Over && Sent < most && Quiet(quietSince) < quietMs)
        {
            Wait(toSend: true, quietMs, toReceive: false);
            if (Send((int)Math.Min(Piece, most - Sent)) > 0)
            {
                quietSince = Clock.Nanoseconds;
            }
        }
    }

    /// <summary>Waits until the connection is made.</summary>
    /// <returns>False when it was not in time.</returns>
    public bool AwaitConnected(int patienceMs = Subject.PatienceMs)
    {
        long since = Clock.Nanoseconds;
        while (_connecting && Error is null && Quiet(since) < patienceMs)
        {
            Wait(toSend: true, patienceMs, toReceive: false);
            FinishConnecting();
        }

        return !_connecting && Error is null;
    }

    /// <summary>Reads until the server ends the connection, or nothing happens for a while.</summary>
    public void AwaitEnd(int patienceMs = Subject.PatienceMs)
    {
        long quietSince = Clock.Nanoseconds;
        while (!Over && Quiet(quietSince) < patienceMs)
        {
            long before = Received;
            Wait(toSend: false, patienceMs);
            Receive();
            if (Received != before)
            {
                quietSince = Clock.Nanoseconds;
            }
        }
    }

    /// <summary>Sends what the kernel takes at once.</summary>
    /// <param name="most">Most bytes to send.</param>
    /// <param name="held">Leaves them with the kernel (MSG_MORE) until more is sent or the end; for less than a segment.</param>
    /// <returns>How many bytes.</returns>
    public int Send(int most, bool held = false)
    {
        FinishConnecting();
        if (_connecting || Over)
        {
            return 0;
        }

        int length = Math.Min(most, Piece);
        for (int i = 0; i < length; i++)
        {
            _buffer[i] = At(Sent + i);
        }

        fixed (byte* bytes = _buffer)
        {
            int sent = (int)(nint)send(_socket.Value, bytes, length, MSG_NOSIGNAL | (held ? MSG_MORE : 0));
            if (sent < 0)
            {
                Note(Errno.Last);
                return 0;
            }

            Sent += sent;
            return sent;
        }
    }

    /// <summary>Reads what is there.</summary>
    public void Receive()
    {
        FinishConnecting();
        fixed (byte* bytes = _buffer)
        {
            while (!_connecting && !Over)
            {
                int got = (int)(nint)recv(_socket.Value, bytes, Piece, 0);
                if (got <= 0)
                {
                    Ended = got == 0;
                    Note(got < 0 ? Errno.Last : 0);
                    return;
                }

                for (int i = 0; i < got && FirstWrong < 0; i++)
                {
                    if (bytes[i] != At(Received + i) || Received + i >= Sent)
                    {
                        FirstWrong = Received + i;
                    }
                }

                Received += got;
            }
        }
    }

    /// <summary>Says that no more will be sent: shutdown(2).</summary>
    public void FinishSending() => _ = shutdown(_socket.Value, SHUT_WR);

    /// <summary>Closes by a reset instead of an orderly end.</summary>
    public void Reset()
    {
        linger now = new() { l_onoff = 1, l_linger = 0 };
        setsockopt(_socket.Value, SOL_SOCKET, SO_LINGER, &now, sizeof(linger));
        _socket.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>What is known of the exchange, in a sentence.</summary>
    public string Describe(int patienceMs = Subject.PatienceMs)
    {
        string start = FirstWrong >= 0 ? $"byte {FirstWrong:N0} of the echo is not the one that was sent"
            : $"{Received:N0} of {Figures.Count(Sent, "byte")} came back";
        return Error is not null ? $"{start}, then {Error}"
            : Ended ? $"{start}, then the server closed"
            : _connecting ? "the connection was not made"
            : Whole ? start : $"{start}{(FirstWrong < 0 ? $", then nothing for {patienceMs / 1000.0:0.#} s" : "")}";
    }

    private static double Quiet(long since) => (Clock.Nanoseconds - since) / 1e6;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private byte At(long place)
    {
        uint mixed = ((uint)place * 0x9E37_79B1u) ^ _seed;
        byte any = (byte)((mixed ^ (mixed >> 15)) * 0x2C1B_3C6Du >> 24);
        return _letters ? (byte)('a' + (any % 26)) : any;
    }

    private void Wait(bool toSend, int limitMs, bool toReceive = true)
    {
        pollfd watched = new() { fd = _socket.Value, events = (short)((toSend ? POLLOUT : 0) | (toReceive ? POLLIN : 0)) };
        _ = Linux.poll(&watched, 1, Math.Min(limitMs, 100));
    }

    private void FinishConnecting()
    {
        if (!_connecting || Error is not null)
        {
            return;
        }

        pollfd watched = new() { fd = _socket.Value, events = (short)POLLOUT };
        if (Linux.poll(&watched, 1, 0) > 0)
        {
            int error = 0;
            socklen_t length = sizeof(int);
            _ = getsockopt(_socket.Value, SOL_SOCKET, SO_ERROR, &error, &length);
            _connecting = false;
            Note(error);
        }
    }

    private void Note(int errno)
    {
        if (errno != 0 && errno != EAGAIN && errno != EINTR)
        {
            Error = Errno.Name(errno);
        }
    }
}
