using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>One socket option: how it is called, where it lives, how it is set and what the kernel made of it.</summary>
/// <param name="Name">The kernel's name: <c>TCP_NODELAY</c>.</param>
/// <param name="Level">SOL_SOCKET, IPPROTO_TCP, IPPROTO_IP or IPPROTO_IPV6.</param>
/// <param name="Number">The option's number at that level.</param>
/// <param name="Kind">What its value is.</param>
/// <remarks>See socket(7), tcp(7), ip(7) and ipv6(7). The options themselves stand in SocketOptions.cs.</remarks>
public sealed partial record SocketOption(string Name, int Level, int Number, SocketOptionKind Kind)
{
    /// <summary>Sets the option.</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="value">0 or 1 for a flag, else the number in the option's unit.</param>
    /// <exception cref="LibcException">The kernel refused: ENOPROTOOPT where it has no such option, EPERM, EINVAL.</exception>
    public void Set(int socket, int value)
    {
        if (!TrySet(socket, value))
        {
            throw new LibcException($"setting {Name} to {value}", Errno.Last);
        }
    }

    /// <inheritdoc cref="Set(int, int)"/>
    public void Set(int socket, bool value) => Set(socket, value ? 1 : 0);

    /// <summary>Sets the option and says whether it worked; the reason is <see cref="Errno.Last"/>. Does not allocate.</summary>
    public unsafe bool TrySet(int socket, int value) =>
        setsockopt(socket, Level, Number, &value, sizeof(int)) == 0;

    /// <summary>The value in effect, as getsockopt(2) gives it: a buffer's is twice what was granted.</summary>
    /// <exception cref="LibcException">The kernel has no such option for this socket.</exception>
    public int Get(int socket) => TryGet(socket, out int value) ? value : throw new LibcException($"reading {Name}", Errno.Last);

    /// <summary>The value in effect, or false and <see cref="Errno.Last"/>.</summary>
    public unsafe bool TryGet(int socket, out int value)
    {
        int read = 0;
        Tmds.Linux.socklen_t length = sizeof(int);
        bool ok = getsockopt(socket, Level, Number, &read, &length) == 0;
        value = read;
        return ok;
    }

    /// <summary>The option of that name, in any case, or null: <c>TCP_NODELAY</c>, <c>so_rcvbuf</c>.</summary>
    public static SocketOption? Find(string name) =>
        All.FirstOrDefault(option => option.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What an option's value is.</summary>
public enum SocketOptionKind
{
    /// <summary>0 or 1.</summary>
    Flag,

    /// <summary>Bytes.</summary>
    Bytes,

    /// <summary>Seconds.</summary>
    Seconds,

    /// <summary>Milliseconds.</summary>
    Milliseconds,

    /// <summary>Microseconds.</summary>
    Microseconds,

    /// <summary>A number or a set of bits.</summary>
    Number,
}
