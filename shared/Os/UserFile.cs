using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>
/// Files that the caller names. Use them after <see cref="Privileges.DropAll"/> or <see cref="Privileges.Become"/>, so that the
/// kernel checks the caller's rights; no error text holds anything of what is in them.
/// </summary>
public static unsafe class UserFile
{
    /// <summary>Mode of a file that holds what others sent: 0600.</summary>
    public const int Private = 0x180;

    /// <summary>Mode of other files, before umask(2): 0666.</summary>
    public const int Public = 0x1B6;

    private const int Chunk = 64 * 1024;

    /// <summary>Reads a file to its end, a pipe or a device too.</summary>
    /// <param name="path">The path as the user wrote it.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="OperationFailedException">It cannot be opened or read, or it is longer.</exception>
    public static byte[] Read(string path, int most)
    {
        using Descriptor file = OpenToRead(path);
        return Read(file.Value, path, most);
    }

    /// <summary>Reads an open file to its end.</summary>
    /// <param name="descriptor">The file; it stays open.</param>
    /// <param name="name">What to call it in an error line.</param>
    /// <param name="most">Bytes it may have.</param>
    /// <exception cref="OperationFailedException">It cannot be read, or it is longer.</exception>
    public static byte[] Read(int descriptor, string name, int most)
    {
        byte[] content = new byte[Math.Min(most, Chunk) + 1];
        int length = 0;
        while (true)
        {
            if (length == content.Length)
            {
                Array.Resize(ref content, (int)Math.Min(2L * length, (long)most + 1));
            }

            fixed (byte* room = &content[length])
            {
                long got = (long)(nint)read(descriptor, room, content.Length - length);
                if (got < 0 && Errno.Last == EINTR)
                {
                    continue;
                }

                length += (int)Errno.Check(got, $"reading {name}");
                if (got == 0)
                {
                    return content[..length];
                }
            }

            if (length > most)
            {
                throw new OperationFailedException($"reading {name}: it has more than {most} bytes");
            }
        }
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="LibcException">ENOENT, EACCES, ...</exception>
    public static Descriptor OpenToRead(string path) => Open(path, O_RDONLY, 0, $"opening {path}");

    /// <summary>Creates a file, or empties the one that is there.</summary>
    /// <param name="path">The path as the user wrote it.</param>
    /// <param name="mode"><see cref="Private"/> or <see cref="Public"/>; a file that is there keeps its own.</param>
    /// <exception cref="LibcException">EACCES, ENOENT, EISDIR, ...</exception>
    public static Descriptor Create(string path, int mode) => Open(path, O_WRONLY | O_CREAT | O_TRUNC, mode, $"creating {path}");

    /// <summary>Removes a file, where that is allowed: unlink(2).</summary>
    public static void Remove(string path)
    {
        if (RootFiles.IsActive)
        {
            _ = RootFiles.Remove(path);
            return;
        }

        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        _ = unlink(name);
        Utf8StringMarshaller.Free(name);
    }

    /// <summary>Looks at a file, through symbolic links, without opening it: statx(2).</summary>
    /// <returns>False when it does not exist or cannot be reached.</returns>
    public static bool TryLook(string path, out statx status)
    {
        status = default;
        try
        {
            using Descriptor file = Open(path, O_PATH, 0, "");
            byte nothing = 0;
            fixed (statx* room = &status)
            {
                return Linux.statx(file.Value, &nothing, Linux.AT_EMPTY_PATH, Linux.STATX_BASIC_STATS, room) == 0;
            }
        }
        catch (LibcException)
        {
            return false;
        }
    }

    /// <summary>Gives a file another name; the one that had it is gone, at no moment is there none: rename(2).</summary>
    /// <exception cref="LibcException">EACCES, EISDIR, ...</exception>
    public static void Rename(string from, string to)
    {
        byte* old = Utf8StringMarshaller.ConvertToUnmanaged(from);
        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(to);
        int result = Linux.rename(old, name);
        int errno = Errno.Last;
        Utf8StringMarshaller.Free(old);
        Utf8StringMarshaller.Free(name);
        if (result < 0)
        {
            throw new LibcException($"replacing {to}", errno);
        }
    }

    /// <summary>The file to which a name leads, through symbolic links, for a file that will be replaced.</summary>
    /// <param name="path">The path as the user wrote it; it may not exist yet.</param>
    /// <exception cref="OperationFailedException">It is a directory, a device, a FIFO, or cannot be looked at.</exception>
    public static string Replaceable(string path)
    {
        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        statx status;
        int result = Linux.statx(AT_FDCWD, name, 0, Linux.STATX_BASIC_STATS, &status);
        int errno = Errno.Last;
        Utf8StringMarshaller.Free(name);
        if (result < 0 && errno != ENOENT)
        {
            throw new LibcException($"looking at {path}", errno);
        }

        if (result == 0 && (status.stx_mode & Linux.S_IFMT) != Linux.S_IFREG)
        {
            throw new OperationFailedException($"{path} is not a regular file");
        }

        FileInfo file = new(path);
        return file.LinkTarget is null ? path : file.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
    }

    /// <summary>Opens a file with flags of open(2); O_CLOEXEC and O_NOCTTY are added.</summary>
    /// <param name="path">The path as the user wrote it.</param>
    /// <param name="flags">O_RDONLY, ...</param>
    /// <param name="mode">The mode of a file that is created, before umask(2).</param>
    /// <param name="doing">What is being done, for the error line.</param>
    /// <exception cref="LibcException">ENOENT, EACCES, ...</exception>
    public static Descriptor Open(string path, int flags, int mode, string doing)
    {
        if (RootFiles.IsActive)
        {
            int result = RootFiles.Open(path, flags, mode);
            return result >= 0 ? new Descriptor(result) : throw new LibcException(doing, -result);
        }

        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            return Descriptor.Open(open(name, flags | O_CLOEXEC | O_NOCTTY, (Tmds.Linux.mode_t)mode), doing);
        }
        finally
        {
            Utf8StringMarshaller.Free(name);
        }
    }
}
