using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;

namespace NetTools.Os;

/// <summary>The error of the last system call on this thread: errno(3).</summary>
/// <remarks>
/// Reads the C library's own cell, so it is right after any import, with or without SetLastError. Read it at once:
/// the next call may overwrite it. (<c>Tmds.Linux.LibC.errno</c> is stale after imports that lack SetLastError.)
/// </remarks>
public static unsafe class Errno
{
    [DllImport("libc"), SuppressGCTransition]
    private static extern int* __errno_location();

    [DllImport("libc")]
    private static extern byte* strerrorname_np(int errnum);

    [DllImport("libc")]
    private static extern byte* strerrordesc_np(int errnum);

    /// <summary>The error number of the last failed call.</summary>
    public static int Last => *__errno_location();

    /// <summary>The symbolic name, such as <c>EADDRINUSE</c>; <c>E?</c> and the number where there is none.</summary>
    public static string Name(int errno) =>
        Utf8StringMarshaller.ConvertToManaged(strerrorname_np(errno)) ?? $"E?{errno}";

    /// <summary>The name and the text, such as <c>EADDRINUSE: Address already in use</c>.</summary>
    public static string Describe(int errno) =>
        $"{Name(errno)}: {Utf8StringMarshaller.ConvertToManaged(strerrordesc_np(errno)) ?? "Unknown error"}";

    /// <summary>
    /// The errno in an exception of the runtime: its own or the inner one's native code or HResult, which on Linux is the errno.
    /// </summary>
    /// <returns>Null where it carries none.</returns>
    public static int? Of(Exception exception) => (exception.InnerException ?? exception) switch
    {
        Win32Exception { NativeErrorCode: > 0 } native => native.NativeErrorCode,
        { HResult: > 0 and < 4096 } raw => raw.HResult,
        _ => null,
    };

    /// <summary>Returns <paramref name="result"/>, or throws for a call that answered -1.</summary>
    /// <param name="result">What the system call returned.</param>
    /// <param name="doing">What was being done, for the error line: <c>binding to [::]:8080</c>.</param>
    /// <param name="hint">What the user can do about it, where that is known.</param>
    /// <exception cref="LibcException">The result is negative.</exception>
    public static int Check(int result, string doing, string? hint = null) =>
        result >= 0 ? result : throw new LibcException(doing, Last, hint);

    /// <inheritdoc cref="Check(int, string, string)"/>
    public static long Check(long result, string doing, string? hint = null) =>
        result >= 0 ? result : throw new LibcException(doing, Last, hint);
}
