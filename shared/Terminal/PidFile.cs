using System.Globalization;
using System.Runtime.InteropServices.Marshalling;
using System.Text;
using NetTools.Libc;
using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.Terminal;

/// <summary>
/// A file with the process id and a newline, as start-stop-daemon(8) reads it. It is locked while the program runs, so that a
/// second program with the same file is refused and a stale file is not.
/// </summary>
public sealed unsafe class PidFile : IDisposable
{
    private readonly string _path;
    private readonly int _process = getpid();
    private readonly Descriptor _file;

    /// <summary>Creates the file and writes the id of this process.</summary>
    /// <param name="path">The path as the user wrote it; a symbolic link is refused.</param>
    /// <exception cref="OperationFailedException">It cannot be created or written, or a running program holds it.</exception>
    public PidFile(string path)
    {
        _path = path;
        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            const int Mode = 0x1A4; // 0644
            int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
            _file = Descriptor.Open(open(name, flags, Mode), $"creating --pid-file {path}");
        }
        finally
        {
            Utf8StringMarshaller.Free(name);
        }

        try
        {
            // Not flock(2): .NET's own readers take that lock, and could then not read the file.
            flock whole = new() { l_type = Linux.F_WRLCK };
            if (Linux.fcntl(_file.Value, Linux.F_OFD_SETLK, &whole) != 0)
            {
                throw new OperationFailedException($"--pid-file {path}: a running program holds it");
            }

            byte[] text = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_process}\n"));
            Errno.Check(ftruncate(_file.Value, 0), $"emptying --pid-file {path}");
            fixed (byte* bytes = text)
            {
                Errno.Check((long)write(_file.Value, bytes, text.Length), $"writing --pid-file {path}");
            }
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Creates the file when one was asked for.</summary>
    /// <inheritdoc cref="PidFile(string)"/>
    public static PidFile? Open(string? path) => path is null ? null : new PidFile(path);

    /// <summary>
    /// Removes the file. A program that has given up the right to do so leaves it empty. Does nothing in a forked child.
    /// </summary>
    public void Dispose()
    {
        if (getpid() == _process && _file.Value >= 0)
        {
            _ = ftruncate(_file.Value, 0);
            byte* name = Utf8StringMarshaller.ConvertToUnmanaged(_path);
            _ = unlink(name);
            Utf8StringMarshaller.Free(name);
        }

        _file.Dispose();
    }
}
