using NetTools.Libc;
using NetTools.Os;

namespace NetTools.PktSniff.Files;

/// <summary>Whether two names are of one file, by links or other paths too.</summary>
internal static class SameFile
{
    /// <summary>True when both exist and are the same regular file; <c>-</c> is none.</summary>
    public static bool Is(string one, string other) =>
        one != "-" && other != "-" && UserFile.TryLook(one, out statx first) && UserFile.TryLook(other, out statx second)
        && first.stx_ino == second.stx_ino && first.stx_dev_major == second.stx_dev_major
            && first.stx_dev_minor == second.stx_dev_minor
        && (first.stx_mode & Linux.S_IFMT) == Linux.S_IFREG;
}
