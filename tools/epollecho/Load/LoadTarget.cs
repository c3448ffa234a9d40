using System.Text;
using NetTools.EpollEcho.Serve;
using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// What is put under load, as the user wrote it: <c>HOST:PORT</c>, <c>http://host:port/path</c>, <c>tcp://host:port</c>,
/// <c>udp://host:port</c> or <c>unix:/path</c>.
/// </summary>
/// <param name="Host">A name or an address without brackets; the path of a Unix socket.</param>
/// <param name="Port">1 to 65535; 0 for a Unix socket.</param>
internal sealed record LoadTarget(string Host, int Port)
{
    private const int HttpPort = 80;

    /// <summary>What the scheme says of the protocol, or null.</summary>
    public Protocol? Protocol { get; init; }

    /// <summary>The scheme says UDP.</summary>
    public bool Udp { get; init; }

    /// <summary>The path and the query of a URL, or null.</summary>
    public string? Path { get; init; }

    /// <summary>The user and the password of a URL, decoded, or null.</summary>
    public string? User { get; init; }

    /// <summary>A Unix stream socket.</summary>
    public bool IsUnix => Port == 0;

    /// <summary>The Host field of HTTP.</summary>
    public string HostField => IsUnix ? "localhost" : Port == HttpPort && Path is not null ? Bracketed : $"{Bracketed}:{Port}";

    private string Bracketed => Host.Contains(':') ? $"[{Host}]" : Host;

    /// <summary>Reads one.</summary>
    /// <exception cref="OperationFailedException">It has none of the forms; the hint names the right one.</exception>
    public static LoadTarget Parse(string text)
    {
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            string path = text["unix:".Length..];
            path = path.StartsWith("//", StringComparison.Ordinal) ? path[2..] : path;
            int length = Encoding.UTF8.GetByteCount(path);
            return length is > 0 and <= SocketAddress.LongestUnixPath && !path.Contains('\0') ? new LoadTarget(path, 0)
                : throw new OperationFailedException(
                    $"'{text}' names no socket: a path has 1 to {SocketAddress.LongestUnixPath} bytes",
                    "unix:/run/server.sock");
        }

        int scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
        {
            return From(text, 0);
        }

        string rest = text[(scheme + 3)..];
        switch (text[..scheme].ToLowerInvariant())
        {
            case "http":
                return ParseHttp(rest);
            case "tcp":
                return From(rest.TrimEnd('/'), 0) with { Protocol = Serve.Protocol.Echo };
            case "udp":
                return From(rest.TrimEnd('/'), 0) with { Protocol = Serve.Protocol.Echo, Udp = true };
            case "https" or "h2" or "h3":
                throw new OperationFailedException(
                    "TLS and HTTP/2 are not built in", "use h2load or oha, or http:// without TLS");
            default:
                throw new OperationFailedException($"'{text[..scheme]}://' is not a known scheme",
                    "HOST:PORT, http://HOST:PORT/PATH, tcp://, udp://, unix:/PATH");
        }
    }

    private static LoadTarget ParseHttp(string rest)
    {
        int fragment = rest.IndexOf('#');
        rest = fragment < 0 ? rest : rest[..fragment];
        int end = rest.IndexOfAny(['/', '?']);
        string authority = end < 0 ? rest : rest[..end];
        string path = end < 0 ? "/" : rest[end] == '?' ? $"/{rest[end..]}" : rest[end..];
        int at = authority.LastIndexOf('@');
        return From(authority[(at + 1)..], HttpPort) with
        {
            Protocol = Serve.Protocol.Http,
            Path = path,
            User = at < 0 ? null : Uri.UnescapeDataString(authority[..at]),
        };
    }

    private static LoadTarget From(string authority, int defaultPort)
    {
        bool named = authority.LastIndexOf(':') > authority.LastIndexOf(']');
        Endpoint endpoint = Endpoint.Parse(named || defaultPort == 0 ? authority : $"{authority}:{defaultPort}");
        return new LoadTarget(endpoint.Host, endpoint.Port);
    }

    /// <summary>Its addresses, in the resolver's order.</summary>
    /// <exception cref="OperationFailedException">There is no such host.</exception>
    public SocketAddress[] Resolve() => IsUnix ? [SocketAddress.FromUnixPath(Host)] : Endpoint.ResolveAll(Host, Port);

    /// <inheritdoc/>
    public override string ToString() => IsUnix ? $"unix:{Host}" : $"{Bracketed}:{Port}";
}
