using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Wire;

/// <summary>An IP address in 24 bytes, comparable without allocating. The number is the address read big-endian.</summary>
/// <param name="Number">32 or 128 bits.</param>
/// <param name="IsV6">IPv6, or IPv4.</param>
/// <param name="Scope">The interface of a link-local IPv6 address; no part of the comparison with a received one.</param>
internal readonly record struct HostAddress(UInt128 Number, bool IsV6, uint Scope = 0)
{
    public static HostAddress FromBytes(ReadOnlySpan<byte> bytes, uint scope = 0) => bytes.Length == 4
        ? new HostAddress(BinaryPrimitives.ReadUInt32BigEndian(bytes), IsV6: false)
        : new HostAddress(BinaryPrimitives.ReadUInt128BigEndian(bytes), IsV6: true, scope);

    public static HostAddress From(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int length);
        bool v6 = address.AddressFamily == AddressFamily.InterNetworkV6;
        return FromBytes(bytes[..length], v6 ? (uint)address.ScopeId : 0);
    }

    public static HostAddress From(in NetTools.Sockets.SocketAddress address) => From(address.Address);

    public int Length => IsV6 ? 16 : 4;

    public bool IsAny => Number == 0;

    public bool IsLinkLocal => IsV6 && Number >> 118 == 0x3fa; // fe80::/10

    public bool IsMulticast => IsV6 ? Number >> 120 == 0xff : Number >> 28 == 0xe;

    /// <summary>The same host; the scope is not compared.</summary>
    public bool Is(HostAddress other) => Number == other.Number && IsV6 == other.IsV6;

    public void CopyTo(Span<byte> bytes)
    {
        if (IsV6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes, Number);
        }
        else
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)Number);
        }
    }

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Fills in a socket address with port 0 and returns its length.</summary>
    public unsafe int Write(sockaddr_storage* storage)
    {
        if (IsV6)
        {
            var v6 = (sockaddr_in6*)storage;
            *v6 = default;
            v6->sin6_family = AF_INET6;
            v6->sin6_scope_id = Scope;
            CopyTo(new Span<byte>(&v6->sin6_addr, 16));
            return sizeof(sockaddr_in6);
        }

        var v4 = (sockaddr_in*)storage;
        *v4 = default;
        v4->sin_family = AF_INET;
        CopyTo(new Span<byte>(&v4->sin_addr, 4));
        return sizeof(sockaddr_in);
    }

    public IPAddress ToIPAddress() => IsV6 ? new IPAddress(ToBytes(), Scope) : new IPAddress(ToBytes());

    public override string ToString()
    {
        if (Scope == 0)
        {
            return ToIPAddress().ToString();
        }

        string text = new IPAddress(ToBytes()).ToString();
        return $"{text}%{Os.Interfaces.Name((int)Scope) ?? Scope.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
    }
}
