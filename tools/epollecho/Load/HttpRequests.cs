using System.Text;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// Requests to an HTTP server: always the same, or with sizes of a range many different ones, of which a connection begins with
/// any, goes on with the next, and after the last with the first.
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
        HttpRequestSettings http = settings.Http;
        ToHead = http.Method == "HEAD";
        Idempotent = http.Idempotent;
        Verified = http.Verified;
        _count = http.Generates && !settings.Sizes.AreEqual ? Math.Min(Many, Memory / settings.Sizes.Most) : 1;
        _starts = new int[_count + 1];
        _bodies = new int[_count];
        byte[] body = http.Body ?? new byte[http.Generates ? settings.Sizes.Most : 0];
        if (http.Body is null)
        {
            new Random(20260101).NextBytes(body);
        }

        using MemoryStream text = new();
        for (int i = 0; i < _count; i++)
        {
            int size = http.Generates ? settings.Sizes.Of(0, i) : body.Length;
            text.Write(Encoding.UTF8.GetBytes(Head(http, size, settings.Reconnect)));
            _bodies[i] = (int)text.Length;
            text.Write(body, 0, size);
            _starts[i + 1] = (int)text.Length;
        }

        _stream = Stream.Repeated(text.GetBuffer().AsSpan(0, (int)text.Length));
    }

    /// <summary>The method is HEAD: answers have no body.</summary>
    public bool ToHead { get; }

    /// <inheritdoc cref="HttpRequestSettings.Idempotent"/>
    public bool Idempotent { get; }

    /// <inheritdoc cref="HttpRequestSettings.Verified"/>
    public bool Verified { get; }

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

    private static string Head(HttpRequestSettings http, int size, bool last)
    {
        StringBuilder head = new($"{http.Method} {http.Path} HTTP/1.1\r\n");
        bool hasBody = http.Generates || http.Body is not null;
        Add("Host", http.Host, true);
        Add("Content-Type", "application/octet-stream", hasBody);
        Add("Content-Length", $"{size}", hasBody);
        Add("Connection", "close", last);
        foreach (string field in http.Fields)
        {
            head.Append(field).Append("\r\n");
        }

        return head.Append("\r\n").ToString();

        void Add(string name, string value, bool wanted)
        {
            if (wanted && !http.Fields.Any(field => field.StartsWith($"{name}:", StringComparison.OrdinalIgnoreCase)))
            {
                head.Append($"{name}: {value}\r\n");
            }
        }
    }

    private int Place(long connection, long number) => _count == 1 ? 0 : (int)((connection + number) % _count);
}
