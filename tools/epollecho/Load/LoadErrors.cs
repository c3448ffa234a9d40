using NetTools.Os;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>The names of errors in reports.</summary>
internal static class LoadErrors
{
    /// <summary>
    /// That of an errno: <c>refused</c>, <c>reset</c>, <c>timed_out</c>, or the kernel's name in small letters.
    /// </summary>
    public static string Name(int errno) =>
        errno == ECONNREFUSED ? "refused"
        : errno == ECONNRESET || errno == EPIPE ? "reset"
        : errno == ETIMEDOUT ? "timed_out"
        : Errno.Name(errno).ToLowerInvariant();
}
