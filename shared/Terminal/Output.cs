using System.Buffers;
using System.Text;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.Terminal;

/// <summary>
/// A buffered UTF-8 writer over a descriptor by write(2). System.Console would cost a signal thread and its start-up.
/// </summary>
/// <param name="descriptor">An open descriptor; it stays the caller's.</param>
/// <param name="name">What to call it in an error line.</param>
public sealed unsafe class Output(int descriptor, string name) : IBufferWriter<byte>
{
    private const int FlushAt = 32 * 1024;

    private byte[] _buffer = new byte[2 * FlushAt];
    private int _used;

    /// <summary>Standard output. <see cref="Command.Run"/> flushes it at the end.</summary>
    public static Output Standard { get; } = new(1, "standard output");

    /// <summary>True when the descriptor is a terminal.</summary>
    public bool IsTerminal => LibC.isatty(descriptor) == 1;

    /// <summary>The terminal's size, or the usual one.</summary>
    public WindowSize WindowSize() => Terminal.WindowSize.Of(descriptor);

    /// <summary>True once something could not be written out.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Writes out after every line: for live output that a person or a pipe follows.</summary>
    public bool LineBuffered { get; set; }

    /// <summary>Adds text.</summary>
    public void Write(ReadOnlySpan<char> text)
    {
        Span<byte> room = GetSpan(Encoding.UTF8.GetMaxByteCount(text.Length));
        Advance(Encoding.UTF8.GetBytes(text, room));
    }

    /// <summary>Adds bytes.</summary>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(GetSpan(bytes.Length));
        Advance(bytes.Length);
    }

    /// <summary>Adds text and ends the line.</summary>
    public void WriteLine(ReadOnlySpan<char> text = default)
    {
        Write(text);
        EndLine();
    }

    /// <summary>Ends the line; writes out when <see cref="LineBuffered"/>.</summary>
    public void EndLine()
    {
        Write("\n"u8);
        if (LineBuffered)
        {
            Flush();
        }
    }

    /// <summary>Writes out what is buffered.</summary>
    /// <exception cref="OutputException">The descriptor takes no more: EPIPE, ENOSPC, EBADF, ...</exception>
    public void Flush()
    {
        int done = 0;
        while (done < _used)
        {
            nint written;
            fixed (byte* start = &_buffer[done])
            {
                written = (nint)LibC.write(descriptor, start, _used - done);
            }

            if (written >= 0)
            {
                done += (int)written;
            }
            else if (Errno.Last is int errno && errno == LibC.EAGAIN)
            {
                AwaitRoom();
            }
            else if (errno != LibC.EINTR)
            {
                _used = 0; // or the final flush would report the same failure again
                HasFailed = true;
                throw new OutputException($"writing {name}: {Errno.Describe(errno)}");
            }
        }

        _used = 0;
    }

    /// <summary>Writes out what is buffered; drops it where that fails. For a program that goes on without its output.</summary>
    /// <param name="milliseconds">How long to wait for a reader that is slow; -1 for as long as it takes.</param>
    /// <returns>Null, or what went wrong.</returns>
    public string? TryFlush(int milliseconds)
    {
        pollfd room = new() { fd = descriptor, events = LibC.POLLOUT };
        if (LibC.poll(&room, 1, milliseconds) == 0)
        {
            _used = 0;
            return $"writing {name}: the reader does not keep up";
        }

        try
        {
            Flush();
            return null;
        }
        catch (OutputException failed)
        {
            return failed.Message;
        }
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _used));
        _used += count;
        if (_used >= FlushAt && !LineBuffered)
        {
            Flush();
        }
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_used);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_used);
    }

    /// <summary>Another program may have made the pipe or terminal that we share with it non-blocking.</summary>
    private void AwaitRoom()
    {
        pollfd room = new() { fd = descriptor, events = LibC.POLLOUT };
        _ = LibC.poll(&room, 1, -1);
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _used < Math.Max(bytes, 1))
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _used + bytes));
        }
    }
}

/// <summary>Output could not be written; ends the tool with <see cref="ExitCode.Negative"/>.</summary>
public sealed class OutputException(string message) : OperationFailedException(message);
