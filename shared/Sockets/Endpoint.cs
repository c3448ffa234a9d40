using System.Globalization;
using System.Net;
using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Sockets;

/// <summary>Where to connect: a host as the user wrote it, and a port.</summary>
/// <param name="Host">A name or an address, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
public readonly record struct Endpoint(string Host, int Port)
{
    /// <summary>Reads <c>HOST:PORT</c>, <c>1.2.3.4:80</c> or <c>[::1]:80</c>.</summary>
    /// <exception cref="OperationFailedException">The text is not of that form.</exception>
    public static Endpoint Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon > 0 ? text[..colon] : "";
        bool bracketed = host is ['[', .., ']'];
        if (bracketed)
        {
            host = host[1..^1];
        }

        if (host.Length == 0 || (!bracketed && host.Contains(':'))
            || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port is < 1 or > 65535)
        {
            throw new OperationFailedException($"'{text}' is not HOST:PORT", "write 127.0.0.1:8080 or [::1]:8080");
        }

        return new Endpoint(host, port);
    }

    /// <summary>Looks the host up and takes the resolver's first address.</summary>
    /// <inheritdoc cref="Resolve(string, int, int)"/>
    public SocketAddress Resolve(int family = 0) => Resolve(Host, Port, family);

    /// <summary>Looks a host up by getaddrinfo(3) and takes its first address.</summary>
    /// <inheritdoc cref="ResolveAll"/>
    public static SocketAddress Resolve(string host, int port, int family = 0) => ResolveAll(host, port, family)[0];

    /// <summary>Looks a host up by getaddrinfo(3).</summary>
    /// <param name="host">A name or a numeric address.</param>
    /// <param name="port">0 to 65535, host order.</param>
    /// <param name="family">AF_INET, AF_INET6, or 0 for either.</param>
    /// <returns>Its addresses in the order in which they are to be tried, at least one, none twice.</returns>
    /// <exception cref="OperationFailedException">The host is unknown or has no address of that family.</exception>
    public static unsafe SocketAddress[] ResolveAll(string host, int port, int family = 0)
    {
        addrinfo hints = new() { ai_family = family, ai_socktype = SOCK_STREAM };
        addrinfo* list = null;
        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(host);
        try
        {
            int error = Linux.getaddrinfo(name, null, &hints, &list);
            if (error != 0)
            {
                string why = error == Linux.EAI_SYSTEM ? Errno.Describe(Errno.Last) : Linux.GaiText(error);
                throw new OperationFailedException($"host {host}: {why}");
            }

            List<SocketAddress> addresses = [];
            for (addrinfo* entry = list; entry != null; entry = entry->ai_next)
            {
                SocketAddress address = SocketAddress.From(entry->ai_addr, (int)(uint)entry->ai_addrlen);
                // sin_port and sin6_port stand at the same offset.
                ((sockaddr_in*)SocketAddress.Pointer(ref address))->sin_port = htons((ushort)port);
                if (!addresses.Exists(known => known.Address.Equals(address.Address)))
                {
                    addresses.Add(address);
                }
            }

            return [.. addresses];
        }
        finally
        {
            if (list != null)
            {
                Linux.freeaddrinfo(list);
            }

            Utf8StringMarshaller.Free(name);
        }
    }

    /// <summary>
    /// The name of an address by getnameinfo(3), from the hosts file or a name server, which may take its time.
    /// </summary>
    /// <returns>The name as it was told, or null when there is none. A name server may have made it up.</returns>
    public static unsafe string? NameOf(IPAddress address)
    {
        SocketAddress socket = SocketAddress.From(address, 0);
        byte* name = stackalloc byte[Linux.NI_MAXHOST];
        int error = Linux.getnameinfo(
            SocketAddress.Pointer(ref socket), socket.Length, name, Linux.NI_MAXHOST, null, 0, Linux.NI_NAMEREQD);
        return error == 0 ? Utf8StringMarshaller.ConvertToManaged(name) : null;
    }

    /// <summary>An address and port as people write them; an IPv6 address gets its brackets.</summary>
    public static string Format(IPAddress address, int port) =>
        address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? string.Create(CultureInfo.InvariantCulture, $"[{address}]:{port}")
            : string.Create(CultureInfo.InvariantCulture, $"{address}:{port}");

    /// <inheritdoc/>
    public override string ToString() => Host.Contains(':') ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
