using System.Text;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

public sealed partial record SocketOption
{
    private const int TCP_CA_NAME_MAX = 16;

    /// <summary>Chooses the congestion control of a TCP socket: <c>cubic</c>, <c>reno</c>, <c>bbr</c>.</summary>
    /// <returns>False, and <see cref="Errno.Last"/>: ENOENT where it is not loaded, EPERM where it is reserved for root.</returns>
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
