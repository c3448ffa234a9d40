using System.Text;

namespace NetTools.Tests.Support;

/// <summary>Reads a stream to its end on a thread of its own, so that the writer never blocks, and hands out lines.</summary>
internal sealed class OutputPump
{
    private readonly MemoryStream _seen = new();
    private readonly Thread _thread;
    private int _next;
    private bool _ended;

    public OutputPump(Stream stream)
    {
        _thread = new Thread(() => Pump(stream)) { IsBackground = true };
        _thread.Start();
    }

    public byte[] Bytes
    {
        get
        {
            lock (_seen)
            {
                return _seen.ToArray();
            }
        }
    }

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Waits for the end of the stream, which a grandchild may hold open: false after the timeout.</summary>
    public bool Join(TimeSpan timeout) => _thread.Join(timeout);

    /// <summary>The next line without its end; null at the end of the stream, or when the time is over.</summary>
    public string? ReadLine(TimeSpan timeout)
    {
        long deadline = Environment.TickCount64 + (long)timeout.TotalMilliseconds;
        lock (_seen)
        {
            while (true)
            {
                Span<byte> rest = _seen.GetBuffer().AsSpan(_next, (int)_seen.Length - _next);
                int end = rest.IndexOf((byte)'\n');
                if (end >= 0 || (_ended && rest.Length > 0))
                {
                    string line = Encoding.UTF8.GetString(end >= 0 ? rest[..end] : rest);
                    _next += end >= 0 ? end + 1 : rest.Length;
                    return line;
                }

                long left = deadline - Environment.TickCount64;
                if (_ended || left <= 0)
                {
                    return null;
                }

                Monitor.Wait(_seen, TimeSpan.FromMilliseconds(left));
            }
        }
    }

    private void Pump(Stream stream)
    {
        byte[] buffer = new byte[65536];
        try
        {
            for (int count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
            {
                lock (_seen)
                {
                    _seen.Write(buffer, 0, count);
                    Monitor.PulseAll(_seen);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process was disposed of while we read.
        }

        lock (_seen)
        {
            _ended = true;
            Monitor.PulseAll(_seen);
        }
    }
}
