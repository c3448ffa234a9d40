using System.Text;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>Socket options whose value is a text or a struct.</summary>
public static class SocketOptions
{
    private const int TCP_CA_NAME_MAX = 16;

    /// <summary>
    /// Makes close(2) reset a TCP connection at once: nothing is left in TIME_WAIT, and what is unsent is dropped. SO_LINGER of 0
    /// s.
    /// </summary>
    /// <exception cref="LibcException">Not a socket.</exception>
    public static unsafe void ResetOnClose(int socket)
    {
        Tmds.Linux.linger reset = new() { l_onoff = 1, l_linger = 0 };
        Errno.Check(setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset, sizeof(Tmds.Linux.linger)), "setting SO_LINGER");
    }

    /// <summary>Limits a socket to one interface, SO_BINDTODEVICE of socket(7).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="device">The interface's name.</param>
    /// <exception cref="LibcException">ENODEV; EPERM where the socket is bound to another interface already.</exception>
    public static unsafe void BindToDevice(int socket, string device)
    {
        byte[] name = Encoding.UTF8.GetBytes($"{device}\0");
        fixed (byte* text = name)
        {
            Errno.Check(setsockopt(socket, SOL_SOCKET, SO_BINDTODEVICE, text, name.Length), $"binding to {device}");
        }
    }

    /// <summary>Chooses the congestion control of a TCP socket: <c>cubic</c>, <c>reno</c>, <c>bbr</c>.</summary>
    /// <returns>
    /// False, and <see cref="Errno.Last"/>: ENOENT where it is not loaded, EPERM where it is reserved for root.
    /// </returns>
    public static unsafe bool TrySetCongestion(int socket, string name)
    {
        byte* text = stackalloc byte[TCP_CA_NAME_MAX];
        int length = Encoding.ASCII.GetBytes(name.AsSpan(0, Math.Min(name.Length, TCP_CA_NAME_MAX - 1)),
            new Span<byte>(text, TCP_CA_NAME_MAX));
        return setsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, text, length) == 0;
    }

    /// <summary>The congestion control in effect.</summary>
    /// <exception cref="LibcException">Not a TCP socket.</exception>
    public static unsafe string GetCongestion(int socket)
    {
        byte* text = stackalloc byte[TCP_CA_NAME_MAX];
        Tmds.Linux.socklen_t length = TCP_CA_NAME_MAX;
        Errno.Check(getsockopt(socket, IPPROTO_TCP, TCP_CONGESTION, text, &length), "reading TCP_CONGESTION");
        ReadOnlySpan<byte> bytes = new(text, TCP_CA_NAME_MAX);
        int end = bytes.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? bytes : bytes[..end]);
    }
}
