using System.Buffers.Text;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// A line of CSV for each request: when it was due in seconds since 1970, its connection, latency in microseconds, HTTP status,
/// and
/// <c>ok</c> or the name of the error. Processes share the file; each writes whole lines.
/// </summary>
internal sealed class RequestLog : IDisposable
{
    private const int LongestLine = 256;

    private readonly OutputFile _file;
    private readonly long _wallOffset = Clock.Read(NetTools.Libc.Linux.CLOCK_REALTIME) - Clock.Nanoseconds;

    /// <summary>Creates the file and writes its heading.</summary>
    /// <exception cref="LibcException">It cannot be created.</exception>
    public RequestLog(string path)
    {
        _file = new OutputFile(path);
        _file.Output.WriteLine("due_s,connection,latency_us,status,result");
        _file.Output.Flush(); // or each process would write it
    }

    /// <summary>Logs a request that has ended. Allocates nothing.</summary>
    /// <param name="due">When it was due, monotonic clock.</param>
    /// <param name="now">When it ended.</param>
    /// <param name="connection">Number of the connection.</param>
    /// <param name="status">HTTP status; 0 for none.</param>
    /// <param name="result"><c>ok</c>, or the name of the error, ASCII.</param>
    public void Add(long due, long now, int connection, int status, ReadOnlySpan<char> result)
    {
        Span<byte> line = stackalloc byte[LongestLine];
        int at = 0;
        long wall = due + _wallOffset;
        Number(line, ref at, wall / TimeUnits.Second);
        line[at++] = (byte)'.';
        Fraction(line, ref at, wall % TimeUnits.Second / 1000, 6);
        line[at++] = (byte)',';
        Number(line, ref at, connection);
        line[at++] = (byte)',';
        long wait = Math.Max(now - due, 0);
        Number(line, ref at, wait / 1000);
        line[at++] = (byte)'.';
        Fraction(line, ref at, wait % 1000, 3);
        line[at++] = (byte)',';
        if (status > 0)
        {
            Number(line, ref at, status);
        }

        line[at++] = (byte)',';
        foreach (char letter in result[..Math.Min(result.Length, LongestLine / 4)])
        {
            line[at++] = (byte)letter;
        }

        line[at++] = (byte)'\n';
        _file.Output.Write(line[..at]);
    }

    /// <summary>Writes out what waits.</summary>
    public void Flush() => _file.Output.Flush();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static void Number(Span<byte> line, ref int at, long number)
    {
        _ = Utf8Formatter.TryFormat(number, line[at..], out int written);
        at += written;
    }

    private static void Fraction(Span<byte> line, ref int at, long number, int digits)
    {
        for (int place = digits - 1; place >= 0; place--)
        {
            line[at + place] = (byte)('0' + (number % 10));
            number /= 10;
        }

        at += digits;
    }
}
