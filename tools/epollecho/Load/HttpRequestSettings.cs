using System.Text;
using NetTools.EpollEcho.Serve;
using NetTools.Os;

namespace NetTools.EpollEcho.Load;

/// <summary>What an HTTP load asks for.</summary>
internal sealed record HttpRequestSettings
{
    /// <summary>The longest body, bytes.</summary>
    public const int LargestPost = 64 << 20;

    /// <summary>The method, in capitals.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>The path and the query.</summary>
    public string Path { get; init; } = "/";

    /// <summary>The Host field, unless <see cref="Fields"/> has one.</summary>
    public string Host { get; init; } = "localhost";

    /// <summary>Further fields, <c>Name: value</c>.</summary>
    public string[] Fields { get; init; } = [];

    /// <summary>A body that is always the same; null for none, or for generated ones.</summary>
    public byte[]? Body { get; init; }

    /// <summary>Bodies are generated, of the size asked for.</summary>
    public bool Generates { get; init; }

    /// <summary>Generated bodies must come back.</summary>
    public bool Verified { get; init; }

    /// <summary>Repeating the request does no harm (RFC 9110, section 9.2.2).</summary>
    public bool Idempotent => Method is "GET" or "HEAD" or "PUT" or "DELETE" or "OPTIONS" or "TRACE";

    /// <summary>Checks the options that are for HTTP, and reads the body.</summary>
    /// <exception cref="OperationFailedException">A value is not what it should be, or the protocol is not HTTP.</exception>
    public static HttpRequestSettings Read(LoadOptions options, LoadTarget target, Protocol protocol)
    {
        if (protocol != Serve.Protocol.Http)
        {
            (bool Given, string Name)[] ours =
            [
                (options.Method is not null, "--method"), (options.Path is not null, "--path"),
                (options.Headers.Any(), "--header"), (options.Body is not null, "--body"),
                (options.User is not null, "--user"), (options.NoVerify, "--no-verify"),
            ];
            string[] given = [.. ours.Where(option => option.Given).Select(option => option.Name)];
            bool udp = options.Udp || target.Udp;
            return given.Length == 0 ? new HttpRequestSettings() : throw new OperationFailedException(
                $"{string.Join(", ", given)}: for HTTP, and this is {(udp ? "UDP" : "an echo")}",
                udp ? "http://HOST:PORT/" : "http://HOST:PORT/, or --protocol http");
        }

        CheckTwice(options.Path is not null && target.Path is not (null or "/"), "--path", "a path");
        CheckTwice(options.User is not null && target.User is not null, "--user", "a user");

        string method = (options.Method ?? (options.Body is null ? "get" : "post")).ToUpperInvariant();
        string path = options.Path ?? target.Path ?? "/";
        if (method.Length > 32 || method.Any(c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c))
            || method == "CONNECT")
        {
            throw new OperationFailedException(
                $"--method '{options.Method}' is not a method that can be sent", "get, head, post, put, delete, patch, options");
        }

        if (path.Length == 0 || path.Any(c => c is <= ' ' or > '~') || (path[0] != '/' && path != "*"))
        {
            throw new OperationFailedException("a path begins with / and is visible ASCII", "percent-encode the rest");
        }

        bool generates = options.Body is null && method is "POST" or "PUT" or "PATCH";
        return new HttpRequestSettings
        {
            Method = method,
            Path = path,
            Host = target.HostField,
            Fields = ReadFields(options.Headers, options.User ?? target.User),
            Body = options.Body is null ? null : ReadBody(options.Body),
            Generates = generates,
            Verified = generates && !options.NoVerify,
        };
    }

    private static void CheckTwice(bool twice, string option, string what)
    {
        if (twice)
        {
            throw new OperationFailedException($"{option}: the URL has {what} already");
        }
    }

    private static string[] ReadFields(IEnumerable<string> headers, string? user)
    {
        List<string> fields = [];
        foreach (string field in headers)
        {
            int colon = field.IndexOf(':');
            string name = colon < 0 ? "" : field[..colon];
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c))
                || field.Any(c => c is '\r' or '\n' or '\0'))
            {
                throw new OperationFailedException($"--header '{field}' is not a field", "-H 'Name: value'");
            }

            if (name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase)
                || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase))
            {
                throw new OperationFailedException($"--header {name} follows from the body", "--body, --size");
            }

            fields.Add(field);
        }

        if (user is not null)
        {
            if (fields.Any(field => field.StartsWith("Authorization:", StringComparison.OrdinalIgnoreCase)))
            {
                throw new OperationFailedException("--header Authorization and a user exclude each other");
            }

            fields.Add($"Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(user))}");
        }

        return [.. fields];
    }

    private static byte[] ReadBody(string body)
    {
        if (!body.StartsWith('@'))
        {
            return Encoding.UTF8.GetBytes(body);
        }

        return UserFile.Read(body[1..], LargestPost);
    }
}
