using System.Text;

namespace NetTools.EpollEcho.Load;

/// <summary>The bytes of the one HTTP request that the load generator sends again and again.</summary>
internal static class HttpRequestText
{
    /// <summary>Head and body.</summary>
    /// <param name="settings">What to ask for.</param>
    /// <param name="bodyAt">Where the body begins, at the end when there is none.</param>
    public static byte[] Make(LoadSettings settings, out int bodyAt)
    {
        bool posts = settings.Method == RequestMethod.Post;
        byte[] head = Encoding.ASCII.GetBytes($"{settings.Method.ToString().ToUpperInvariant()} {settings.Path} HTTP/1.1\r\nHost: {settings.Host}\r\n"
            + (posts ? $"Content-Type: application/octet-stream\r\nContent-Length: {settings.Sizes.Least}\r\n" : "")
            + (settings.Reconnect ? "Connection: close\r\n\r\n" : "\r\n"));
        bodyAt = head.Length;
        byte[] body = new byte[posts ? settings.Sizes.Least : 0];
        new Random(20260101).NextBytes(body);
        return [.. head, .. body];
    }
}
