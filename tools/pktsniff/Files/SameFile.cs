using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using LibC = Tmds.Linux.LibC;

namespace NetTools.PktSniff.Files;

/// <summary>Whether two names are of one file, by links or other paths too.</summary>
internal static unsafe class SameFile
{
    /// <summary>True when both exist and are the same regular file; <c>-</c> is none.</summary>
    public static bool Is(string one, string other) =>
        one != "-" && other != "-" && TryRead(one, out statx first) && TryRead(other, out statx second)
        && first.stx_ino == second.stx_ino && first.stx_dev_major == second.stx_dev_major
            && first.stx_dev_minor == second.stx_dev_minor
        && (first.stx_mode & Linux.S_IFMT) == Linux.S_IFREG;

    private static bool TryRead(string path, out statx status)
    {
        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        try
        {
            fixed (statx* room = &status)
            {
                return Linux.statx(LibC.AT_FDCWD, name, 0, Linux.STATX_BASIC_STATS, room) == 0;
            }
        }
        finally
        {
            Utf8StringMarshaller.Free(name);
        }
    }
}
