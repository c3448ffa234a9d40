using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>
/// A file that a tool writes besides standard output. Open it before the work begins, so that a wrong path fails at once
/// and not after minutes of measuring.
/// </summary>
public sealed class OutputFile : IDisposable
{
    private readonly Descriptor _file;

    /// <summary>Creates the file, or empties the one that is there.</summary>
    /// <param name="path">The path as the user wrote it.</param>
    /// <exception cref="LibcException">It cannot be created: EACCES, ENOENT, EISDIR, ...</exception>
    public OutputFile(string path)
    {
        _file = UserFile.Create(path, UserFile.Public);
        Output = new Output(_file.Value, path);
    }

    /// <summary>Where to write. Flush it at the end: a disposal after a failure writes nothing more.</summary>
    public Output Output { get; }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
