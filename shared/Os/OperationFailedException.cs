namespace NetTools.Os;

/// <summary>Something the user asked for cannot be done; the message is one line meant for the user.</summary>
/// <param name="message">What was being done, and why it failed.</param>
/// <param name="hint">What the user can do about it, or null.</param>
public class OperationFailedException(string message, string? hint = null) : Exception(message)
{
    /// <summary>What the user can do about it, or null.</summary>
    public string? Hint { get; } = hint;
}

/// <summary>A system call failed: "what was being done: ENAME: text".</summary>
/// <param name="doing">What was being done.</param>
/// <param name="errno">The error number, read at once after the call.</param>
/// <param name="hint">What the user can do about it, or null.</param>
public sealed class LibcException(string doing, int errno, string? hint = null)
    : OperationFailedException($"{doing}: {Os.Errno.Describe(errno)}", hint)
{
    /// <summary>The error number.</summary>
    public int Errno { get; } = errno;
}
