using Tmds.Linux;

namespace NetTools.Os;

/// <summary>Owns a file descriptor and closes it once. Hot loops take the raw <see cref="Value"/>.</summary>
/// <param name="value">An open descriptor; -1 owns nothing.</param>
public sealed class Descriptor(int value) : IDisposable
{
    /// <summary>The descriptor, or -1 when it is closed.</summary>
    public int Value { get; private set; } = value;

    /// <summary>Takes ownership of what a system call returned.</summary>
    /// <inheritdoc cref="Errno.Check(int, string, string)"/>
    public static Descriptor Open(int result, string doing, string? hint = null) =>
        new(Errno.Check(result, doing, hint));

    /// <summary>Closes the descriptor; close(2) is never retried, for on Linux it is gone even after EINTR.</summary>
    public void Dispose()
    {
        if (Value >= 0)
        {
            LibC.close(Value);
            Value = -1;
        }
    }
}
