using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.PktSniff.Files;

/// <summary>Writes frames to a capture file through a buffer; whatever happens, the file ends with a whole frame.</summary>
internal sealed unsafe class CaptureFile : IDisposable
{
    private const int BufferSize = 256 * 1024;

    private readonly Descriptor _file;
    private readonly string _path;
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferSize + 1024 * 1024, pinned: true);
    private int _used;
    private long _written;
    private bool _nanoseconds;

    private CaptureFile(Descriptor file, string path)
    {
        _file = file;
        _path = path;
    }

    /// <summary>Creates the file; <c>-</c> is standard output.</summary>
    /// <param name="path">The file.</param>
    /// <param name="hint">What the user can do when it cannot be created, or null.</param>
    public static CaptureFile Create(string path, string? hint)
    {
        if (path == "-")
        {
            return isatty(STDOUT_FILENO) == 1
                ? throw new OperationFailedException("a capture file is not for a terminal", "pipe it: pktsniff -w - | wireshark -k -i -")
                : new CaptureFile(new Descriptor(dup(STDOUT_FILENO)), "standard output");
        }

        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            return new CaptureFile(Descriptor.Open(open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0x1b6), $"creating {path}", hint), path);
        }
        finally
        {
            Utf8StringMarshaller.Free(name);
        }
    }

    /// <summary>Writes the header and makes sure that the file can be written at all.</summary>
    public void Begin(int linkType, int snaplen, bool nanoseconds)
    {
        _nanoseconds = nanoseconds;
        PcapFormat.WriteFileHeader(_buffer, linkType, snaplen, nanoseconds);
        _used = PcapFormat.FileHeaderLength;
        Flush();
    }

    /// <summary>Adds a frame.</summary>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public void Add(scoped in CapturedFrame frame)
    {
        Span<byte> room = _buffer.AsSpan(_used);
        uint fraction = _nanoseconds ? frame.Nanoseconds : frame.Nanoseconds / 1000;
        PcapFormat.WriteRecordHeader(room, (uint)frame.Seconds, fraction, frame.Bytes.Length, frame.Length);
        frame.Bytes.CopyTo(room[PcapFormat.RecordHeaderLength..]);
        _used += PcapFormat.RecordHeaderLength + frame.Bytes.Length;
        if (_used >= BufferSize)
        {
            Flush();
        }
    }

    /// <summary>Writes out what is buffered.</summary>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed; the file is cut after its last whole frame.</exception>
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
                CutAfterWholeFrame(done);
                throw new OutputException($"writing {_path}: {Errno.Describe(errno)}");
            }
        }

        _written += _used;
        _used = 0;
    }

    /// <summary>Closes the file; what is buffered is lost unless <see cref="Flush"/> came before.</summary>
    public void Dispose() => _file.Dispose();

    private void CutAfterWholeFrame(int done)
    {
        int whole = _written == 0 ? PcapFormat.FileHeaderLength : 0;
        while (whole + PcapFormat.RecordHeaderLength <= done)
        {
            int next = whole + PcapFormat.RecordHeaderLength + BitConverter.ToInt32(_buffer, whole + 8);
            if (next > done)
            {
                break;
            }

            whole = next;
        }

        _used = 0;
        // Fails on a pipe, where nothing can be taken back.
        _ = ftruncate(_file.Value, _written + Math.Min(whole, done));
    }
}
