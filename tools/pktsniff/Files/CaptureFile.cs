using System.Buffers.Binary;
using NetTools.Os;
using NetTools.Packets;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Writes records into a file through a buffer. After an error, too, the file ends with a whole record. One after the other,
/// several files may be written.
/// </summary>
/// <param name="pcapng">Whether records are pcapng blocks; else a pcap header and pcap records.</param>
/// <param name="hint">What the user can do when a file cannot be created, or null.</param>
internal sealed unsafe class CaptureFile(bool pcapng, string? hint) : IDisposable
{
    private const int BufferSize = 256 * 1024;
    private const int LargestUsualRecord = 1024 * 1024;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize + LargestUsualRecord, pinned: true);
    private Descriptor _file = new(-1);
    private int _used;
    private long _written;

    /// <summary>The file's name as the user knows it.</summary>
    public string Path { get; private set; } = "";

    /// <summary>True between <see cref="Open"/> and <see cref="Close"/>.</summary>
    public bool IsOpen => _file.Value >= 0;

    /// <summary>True once a record could not be written; nothing may be added after that.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>Bytes in the file once all is written out.</summary>
    public long Length => _written + _used;

    /// <summary>Creates a file, or empties it; <c>-</c> is standard output.</summary>
    /// <exception cref="OperationFailedException">It cannot be created, or is a terminal.</exception>
    public void Open(string path)
    {
        if (path == "-")
        {
            Path = "standard output";
            _file = isatty(STDOUT_FILENO) == 1
                ? throw new OperationFailedException(
                    "a capture file is not for a terminal", "pipe it: pktsniff -w - | wireshark -k -i -")
                : Descriptor.Open(dup(STDOUT_FILENO), "opening standard output");
        }
        else
        {
            Path = path;
            try
            {
                _file = UserFile.Create(path, UserFile.Private);
            }
            catch (LibcException e) when (hint is not null)
            {
                throw new LibcException($"creating {path}", e.Errno, hint);
            }
        }

        _used = 0;
        _written = 0;
    }

    /// <summary>Where to write the next record to.</summary>
    /// <param name="bytes">The most it takes.</param>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public Span<byte> Room(int bytes)
    {
        if (_buffer.Length - _used < bytes)
        {
            Flush();
            if (_buffer.Length < bytes)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(BufferSize + bytes, pinned: true);
            }
        }

        return _buffer.AsSpan(_used);
    }

    /// <summary>Adds a record.</summary>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public void Add(ReadOnlySpan<byte> record)
    {
        record.CopyTo(Room(record.Length));
        Advance(record.Length);
    }

    /// <summary>Adds the record that was written into <see cref="Room(int)"/>.</summary>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public void Advance(int bytes)
    {
        _used += bytes;
        if (_used >= BufferSize)
        {
            Flush();
        }
    }

    /// <summary>Writes out what is buffered.</summary>
    /// <exception cref="OutputException">
    /// The disk is full, or the pipe is closed; the file is cut after its last whole record.
    /// </exception>
    public void Flush()
    {
        int done = 0;
        while (done < _used)
        {
            nint result;
            fixed (byte* start = &_buffer[done])
            {
                result = (nint)write(_file.Value, start, _used - done);
            }

            if (result >= 0)
            {
                done += (int)result;
            }
            else if (Errno.Last is int errno && errno != EINTR)
            {
                CutAfterWholeRecord(done);
                HasFailed = true;
                throw new OutputException($"writing {Path}: {Errno.Describe(errno)}");
            }
        }

        _written += _used;
        _used = 0;
    }

    /// <summary>Closes the file; what is buffered is lost unless <see cref="Flush"/> came before.</summary>
    public void Close() => _file.Dispose();

    /// <inheritdoc/>
    public void Dispose() => Close();

    private void CutAfterWholeRecord(int done)
    {
        int whole = 0;
        for (int next = RecordLength(whole); whole + next <= done; next = RecordLength(whole))
        {
            whole += next;
        }

        _used = 0;
        // Fails on a pipe, where nothing can be taken back.
        _ = ftruncate(_file.Value, _written + whole);
    }

    /// <summary>The length of a record in the buffer, or more than the buffer where none can be.</summary>
    private int RecordLength(int at) =>
        at + PcapFormat.RecordHeaderLength > _used ? int.MaxValue - at
        : pcapng ? BlockLength(at)
        : _written == 0 && at == 0 ? PcapFormat.FileHeaderLength
        : PcapFormat.RecordHeaderLength + BitConverter.ToInt32(_buffer, at + 8);

    /// <summary>A block's length, in the byte order in which it stands at its end, too.</summary>
    private int BlockLength(int at)
    {
        int length = BitConverter.ToInt32(_buffer, at + 4);
        if (length > 0 && length <= _used - at && BitConverter.ToInt32(_buffer, at + length - 4) == length)
        {
            return length;
        }

        length = BinaryPrimitives.ReverseEndianness(length);
        return length > 0 ? length : int.MaxValue - at;
    }
}
