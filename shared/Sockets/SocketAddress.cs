using System.Net;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>An IPv4 or IPv6 socket address as the kernel keeps it: sockaddr_storage and its length (ip(7), ipv6(7)).</summary>
public unsafe struct SocketAddress
{
    private sockaddr_storage _storage;

    /// <summary>The meaningful bytes of the address; for a receiving call set it to <see cref="Capacity"/> first.</summary>
    public socklen_t Length;

    /// <summary>The bytes there is room for: sizeof(struct sockaddr_storage).</summary>
    public static int Capacity => sizeof(sockaddr_storage);

    /// <summary>Builds an address; the port is in host order.</summary>
    /// <param name="address">IPv4 or IPv6; the scope id of a link-local address is kept.</param>
    /// <param name="port">0 to 65535.</param>
    public static SocketAddress From(IPAddress address, int port)
    {
        SocketAddress result = default;
        ushort networkPort = htons((ushort)port);
        if (address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
        {
            var v4 = (sockaddr_in*)&result._storage;
            v4->sin_family = AF_INET;
            v4->sin_port = networkPort;
            address.TryWriteBytes(new Span<byte>(&v4->sin_addr, 4), out _);
            result.Length = sizeof(sockaddr_in);
        }
        else
        {
            var v6 = (sockaddr_in6*)&result._storage;
            v6->sin6_family = AF_INET6;
            v6->sin6_port = networkPort;
            address.TryWriteBytes(new Span<byte>(&v6->sin6_addr, 16), out _);
            v6->sin6_scope_id = (uint)address.ScopeId;
            result.Length = sizeof(sockaddr_in6);
        }

        return result;
    }

    /// <summary>Copies an address that a system call handed out.</summary>
    /// <param name="address">Points at <paramref name="length"/> readable bytes.</param>
    /// <param name="length">At most <see cref="Capacity"/>; longer is cut.</param>
    public static SocketAddress From(sockaddr* address, int length)
    {
        SocketAddress result = default;
        int bytes = Math.Min(length, Capacity);
        new ReadOnlySpan<byte>(address, bytes).CopyTo(new Span<byte>(&result._storage, Capacity));
        result.Length = bytes;
        return result;
    }

    /// <summary>The longest path of a Unix socket, bytes: sun_path without its zero byte (unix(7)).</summary>
    public const int LongestUnixPath = 107;

    /// <summary>The address of a Unix stream socket.</summary>
    /// <param name="path">At most <see cref="LongestUnixPath"/> bytes of UTF-8.</param>
    public static SocketAddress FromUnixPath(string path)
    {
        SocketAddress result = default;
        result._storage.ss_family = AF_UNIX;
        byte* text = (byte*)&result._storage + sizeof(sa_family_t);
        int length = System.Text.Encoding.UTF8.GetBytes(path, new Span<byte>(text, LongestUnixPath));
        result.Length = sizeof(sa_family_t) + length + 1;
        return result;
    }

    /// <summary>AF_INET, AF_INET6, or another family that the kernel wrote.</summary>
    public readonly int Family => _storage.ss_family;

    /// <summary>The port in host order.</summary>
    public readonly int Port
    {
        get
        {
            fixed (sockaddr_storage* storage = &_storage)
            {
                // sin_port and sin6_port stand at the same offset.
                return ntohs(((sockaddr_in*)storage)->sin_port);
            }
        }
    }

    /// <summary>The IP address; an IPv4-mapped IPv6 address is given as it is.</summary>
    public readonly IPAddress Address
    {
        get
        {
            fixed (sockaddr_storage* storage = &_storage)
            {
                if (Family == AF_INET)
                {
                    return new IPAddress(new ReadOnlySpan<byte>(&((sockaddr_in*)storage)->sin_addr, 4));
                }

                var v6 = (sockaddr_in6*)storage;
                return new IPAddress(new ReadOnlySpan<byte>(&v6->sin6_addr, 16), v6->sin6_scope_id);
            }
        }
    }

    /// <summary>
    /// Passes the address to a system call: <c>bind(fd, a.Pointer(ref a), a.Length)</c> on a local or fixed value.
    /// </summary>
    public static sockaddr* Pointer(ref SocketAddress pinned) =>
        (sockaddr*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref pinned._storage);

    /// <summary>The address and port as people write them: <c>10.0.0.1:80</c>, <c>[::1]:80</c>, <c>unix:/path</c>.</summary>
    public override readonly string ToString()
    {
        if (Family != AF_UNIX)
        {
            return Endpoint.Format(Address, Port);
        }

        fixed (sockaddr_storage* storage = &_storage)
        {
            return $"unix:{System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)((byte*)storage + sizeof(sa_family_t)))}";
        }
    }
}
