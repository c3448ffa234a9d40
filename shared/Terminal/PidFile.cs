using System.Globalization;
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
        const int mode = 0x1A4; // 0644
        _file = UserFile.Open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode, $"creating --pid-file {path}");

        try
        {
            // Not flock(2): .NET's own readers take that lock, and could then not read the file.
            flock whole = new() { l_type = Linux.F_WRLCK };
            if (Linux.fcntl(_file.Value, Linux.F_OFD_SETLK, &whole) != 0)
            {
                throw new OperationFailedException($"--pid-file {path}: a running program holds it");
            }

            CheckOld();
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

    /// <summary>A file that does not begin with a process id is somebody's data: a word too few on the command line.</summary>
    private void CheckOld()
    {
        const int longest = 32;
        byte* old = stackalloc byte[longest];
        int length = (int)Errno.Check((long)(nint)read(_file.Value, old, longest), $"reading --pid-file {_path}");
        ReadOnlySpan<byte> text = new(old, length);
        int digits = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        if (digits == 0 || (digits > 0 && text[digits] is not ((byte)'\n' or (byte)' ')))
        {
            throw new OperationFailedException($"--pid-file {_path} is there and holds no process id",
                "remove it, or name another file");
        }

        Errno.Check((long)lseek(_file.Value, 0, SEEK_SET), $"writing --pid-file {_path}");
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
            UserFile.Remove(_path);
        }

        _file.Dispose();
    }
}
