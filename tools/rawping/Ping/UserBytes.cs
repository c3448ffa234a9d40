using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Ping;

/// <summary>Reads a file that the user named piece by piece: it may be a pipe, a device, or larger than memory.</summary>
/// <param name="path">The file, or <c>-</c> for standard input.</param>
internal sealed class UserBytes(string path) : IDisposable
{
    private readonly Descriptor _file = UserFile.OpenToRead(path == "-" ? "/dev/stdin" : path);

    /// <summary>Fills a buffer as far as the file goes.</summary>
    /// <returns>The bytes read; fewer than there is room for at the end of the file.</returns>
    /// <exception cref="LibcException">EISDIR, EIO, ...</exception>
    public unsafe int Read(Span<byte> buffer)
    {
        int done = 0;
        while (done < buffer.Length)
        {
            fixed (byte* room = &buffer[done])
            {
                long got = (long)(nint)read(_file.Value, room, buffer.Length - done);
                if (got < 0 && Errno.Last == EINTR)
                {
                    continue;
                }

                done += (int)Errno.Check(got, $"reading {path}");
                if (got == 0)
                {
                    break;
                }
            }
        }

        return done;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
