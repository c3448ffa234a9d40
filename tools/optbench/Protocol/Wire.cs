using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Protocol;

/// <summary>Whole messages over a blocking socket. Nothing here allocates: the timed loops use it too.</summary>
internal static unsafe class Wire
{
    /// <summary>
    /// Reads <paramref name="count"/> bytes; false when the peer closed, vanished, or was silent for the socket's timeout.
    /// </summary>
    public static bool Receive(int socket, byte* to, int count)
    {
        while (count > 0)
        {
            nint got = (nint)recv(socket, to, count, 0);
            if (got > 0)
            {
                to += got;
                count -= (int)got;
            }
            else if (got == 0 || Errno.Last != EINTR)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes all bytes by as few calls as the socket allows; false when the peer is gone.</summary>
    public static bool Send(int socket, byte* from, int count)
    {
        while (count > 0)
        {
            nint sent = (nint)send(socket, from, count, MSG_NOSIGNAL);
            if (sent >= 0)
            {
                from += sent;
                count -= (int)sent;
            }
            else if (Errno.Last != EINTR)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc cref="Receive(int, byte*, int)"/>
    public static bool Receive(int socket, Span<byte> to)
    {
        fixed (byte* start = to)
        {
            return Receive(socket, start, to.Length);
        }
    }

    /// <inheritdoc cref="Send(int, byte*, int)"/>
    public static bool Send(int socket, ReadOnlySpan<byte> from)
    {
        fixed (byte* start = from)
        {
            return Send(socket, start, from.Length);
        }
    }

    /// <summary>Bounds every blocking call on the socket, so that a vanished peer cannot hold it.</summary>
    /// <param name="socket">A socket.</param>
    /// <param name="milliseconds">0 takes the bound away.</param>
    public static void SetTimeout(int socket, int milliseconds)
    {
        SetReceiveTimeout(socket, milliseconds);
        SetTimeout(socket, SO_SNDTIMEO, milliseconds, "setting SO_SNDTIMEO");
    }

    /// <summary>Bounds the reads alone.</summary>
    /// <inheritdoc cref="SetTimeout(int, int)"/>
    public static void SetReceiveTimeout(int socket, int milliseconds) =>
        SetTimeout(socket, SO_RCVTIMEO, milliseconds, "setting SO_RCVTIMEO");

    private static void SetTimeout(int socket, int option, int milliseconds, string doing)
    {
        long* time = stackalloc long[2]; // struct timeval on every 64-bit Linux
        time[0] = milliseconds / 1000;
        time[1] = milliseconds % 1000 * 1000L;
        Errno.Check(setsockopt(socket, SOL_SOCKET, option, time, 2 * sizeof(long)), doing);
    }
}
