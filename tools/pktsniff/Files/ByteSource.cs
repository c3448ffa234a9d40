using System.IO.Compression;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Files;

/// <summary>
/// The bytes of a capture file or of standard input, expanded when they are gzip's (RFC 1952). A stop signal ends a read that
/// waits for a pipe.
/// </summary>
internal sealed class ByteSource : IDisposable
{
    /// <summary>The most bytes that are expanded from a compressed file.</summary>
    public const long MostExpanded = 4L << 30;

    private const int BufferSize = 256 * 1024;

    private readonly Stream _stream;
    private readonly bool _isCompressed;
    private byte[] _buffer = new byte[BufferSize];
    private int _start;
    private int _end;
    private long _expanded;

    private ByteSource(RawStream raw)
    {
        _stream = raw;
        if (Peek(2) is [0x1f, 0x8b])
        {
            raw.PutBack(_buffer.AsSpan(_start, _end - _start).ToArray());
            _start = _end = 0;
            _stream = new GZipStream(raw, CompressionMode.Decompress);
            _isCompressed = true;
        }
    }

    /// <summary>Opens a file; <c>-</c> is standard input.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="stop">What ends a read that waits, or null.</param>
    /// <exception cref="OperationFailedException">It cannot be opened or read.</exception>
    public static ByteSource Open(string path, StopSignals? stop)
    {
        Descriptor file = path == "-" ? Descriptor.Open(dup(STDIN_FILENO), "reading standard input") : UserFile.OpenToRead(path);
        try
        {
            return new ByteSource(new RawStream(file, path, stop));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes that come next, without taking them; fewer when the file ends.</summary>
    /// <exception cref="OperationFailedException">The file cannot be read, or expands to too much.</exception>
    public ReadOnlySpan<byte> Peek(int bytes)
    {
        if (_end - _start < bytes)
        {
            Fill(bytes);
        }

        return _buffer.AsSpan(_start, Math.Min(bytes, _end - _start));
    }

    /// <summary>Takes bytes that <see cref="Peek"/> showed.</summary>
    public void Skip(int bytes) => _start += bytes;

    /// <summary>Takes what comes next, as much as there is room for.</summary>
    /// <returns>0 at the end of the file.</returns>
    /// <exception cref="OperationFailedException">The file cannot be read, or expands to too much.</exception>
    public int Read(Span<byte> room)
    {
        if (_start == _end)
        {
            Fill(1);
        }

        int taken = Math.Min(room.Length, _end - _start);
        _buffer.AsSpan(_start, taken).CopyTo(room);
        _start += taken;
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private void Fill(int bytes)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_buffer.Length < bytes)
        {
            Array.Resize(ref _buffer, bytes + BufferSize);
        }

        while (_end < bytes)
        {
            int read;
            try
            {
                read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            }
            catch (InvalidDataException)
            {
                throw new OperationFailedException("the compressed data is damaged");
            }

            if (read <= 0)
            {
                return;
            }

            _end += read;
            _expanded += read;
            if (_isCompressed && _expanded > MostExpanded)
            {
                throw new OperationFailedException(
                    $"the compressed file expands to more than {MostExpanded >> 30} GiB",
                    "expand it first: zcat FILE | pktsniff -r -");
            }
        }
    }

    /// <summary>A descriptor that is read once poll(2) finds it readable, unless a stop comes first.</summary>
    private sealed unsafe class RawStream(Descriptor file, string path, StopSignals? stop) : Stream
    {
        private byte[] _putBack = [];
        private int _taken;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void PutBack(byte[] bytes) => (_putBack, _taken) = (bytes, 0);

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> room)
        {
            if (_taken < _putBack.Length)
            {
                int taken = Math.Min(room.Length, _putBack.Length - _taken);
                _putBack.AsSpan(_taken, taken).CopyTo(room);
                _taken += taken;
                return taken;
            }

            while (stop is null || WaitReadable(stop))
            {
                fixed (byte* start = room)
                {
                    nint read = (nint)LibC.read(file.Value, start, room.Length);
                    if (read >= 0)
                    {
                        return (int)read;
                    }
                }

                if (Errno.Last is int errno && errno != EINTR)
                {
                    throw new LibcException($"reading {path}", errno);
                }
            }

            return 0;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            file.Dispose();
            base.Dispose(disposing);
        }

        /// <summary>False when a stop was asked for.</summary>
        private bool WaitReadable(StopSignals stopSignals)
        {
            pollfd* waiting = stackalloc pollfd[2];
            while (!stopSignals.Requested)
            {
                waiting[0] = new pollfd { fd = file.Value, events = POLLIN };
                waiting[1] = new pollfd { fd = stopSignals.FileDescriptor, events = POLLIN };
                if (poll(waiting, 2, -1) > 0)
                {
                    if (waiting[0].revents != 0)
                    {
                        return true;
                    }

                    if (!stopSignals.Requested)
                    {
                        stopSignals.Drain(); // SIGUSR1
                    }
                }
            }

            return false;
        }
    }
}
