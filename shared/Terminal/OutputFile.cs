using NetTools.Os;
using Tmds.Linux;

namespace NetTools.Terminal;

/// <summary>
/// A file that a tool writes besides standard output. Open it before the work begins, so that a wrong path fails at once
/// and not after minutes of measuring.
/// </summary>
public sealed class OutputFile : IDisposable
{
    /// <summary>A descriptor that we were given: opening it by its name would ask for rights that we may have given up.</summary>
    private const string Inherited = "/dev/fd/";

    private readonly Descriptor _file;

    /// <summary>Creates the file, or empties the one that is there.</summary>
    /// <param name="path">The path as the user wrote it.</param>
    /// <exception cref="LibcException">It cannot be created: EACCES, ENOENT, EISDIR, ...</exception>
    public OutputFile(string path)
    {
        _file = path.StartsWith(Inherited, StringComparison.Ordinal) && int.TryParse(path[Inherited.Length..], out int open)
            ? Descriptor.Open(LibC.fcntl(open, LibC.F_DUPFD_CLOEXEC, 3), $"opening {path}")
            : UserFile.Create(path, UserFile.Public);
        Output = new Output(_file.Value, path);
    }

    /// <summary>Where to write. Flush it at the end: a disposal after a failure writes nothing more.</summary>
    public Output Output { get; }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
