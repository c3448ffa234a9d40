using System.Text;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// Requests to an HTTP server: always the same, or with sizes of a range many different ones, of which a connection begins with any,
/// goes on with the next, and after the last with the first.
/// </summary>
internal sealed unsafe class HttpRequests : Requests
{
    /// <summary>The longest body of a range, bytes.</summary>
    public const int LongestOfRange = 1 << 20;

    private const int Many = 1024;
    private const int Memory = 64 << 20;

    private readonly Stream _stream;
    private readonly int _count;
    private readonly int[] _starts;
    private readonly int[] _bodies;

    /// <summary>Writes them.</summary>
    public HttpRequests(LoadSettings settings)
    {
        bool posts = settings.Method == RequestMethod.Post;
        _count = posts && !settings.Sizes.AreEqual ? Math.Min(Many, Memory / settings.Sizes.Most) : 1;
        _starts = new int[_count + 1];
        _bodies = new int[_count];
        byte[] pattern = new byte[posts ? settings.Sizes.Most : 0];
        new Random(20260101).NextBytes(pattern);
        using MemoryStream text = new();
        for (int i = 0; i < _count; i++)
        {
            int size = posts ? settings.Sizes.Of(0, i) : 0;
            text.Write(Encoding.ASCII.GetBytes($"{settings.Method.ToString().ToUpperInvariant()} {settings.Path} HTTP/1.1\r\nHost: {settings.Host}\r\n"
                + (posts ? $"Content-Type: application/octet-stream\r\nContent-Length: {size}\r\n" : "")
                + (settings.Reconnect ? "Connection: close\r\n\r\n" : "\r\n")));
            _bodies[i] = (int)text.Length;
            text.Write(pattern, 0, size);
            _starts[i + 1] = (int)text.Length;
        }

        _stream = Stream.Repeated(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    /// <inheritdoc/>
    public override byte* At(long connection, long offset) => _stream.At(0, _starts[Place(connection, 0)] + offset);

    /// <inheritdoc/>
    public override int Length(long connection, long number)
    {
        int place = Place(connection, number);
        return _starts[place + 1] - _starts[place];
    }

    /// <summary>The bytes of a request's body from an offset on.</summary>
    public byte* Body(long connection, long number, long offset) => _stream.At(0, _bodies[Place(connection, number)] + offset);

    /// <summary>The length of a request's body.</summary>
    public int BodyLength(long connection, long number)
    {
        int place = Place(connection, number);
        return _starts[place + 1] - _bodies[place];
    }

    /// <inheritdoc/>
    public override void Dispose() => _stream.Dispose();

    private int Place(long connection, long number) => _count == 1 ? 0 : (int)((connection + number) % _count);
}
