using Tmds.Linux;

namespace NetTools.Terminal;

/// <summary>A line on standard error that is written over and over; silent unless standard error is a terminal.</summary>
public sealed class Progress : IDisposable
{
    private readonly Output? _error = LibC.isatty(2) == 1 ? new Output(2, "standard error") : null;

    /// <summary>True when somebody can see it: skip the work of making the text otherwise.</summary>
    public bool IsVisible => _error is not null;

    /// <summary>
    /// Replaces the line; what does not fit the terminal is cut off: a line that wraps cannot be erased.
    /// </summary>
    public void Show(string text)
    {
        if (IsVisible)
        {
            Put($"\r\x1b[K{text.AsSpan(0, Math.Min(text.Length, WindowSize.Of(2).Columns - 1))}");
        }
    }

    /// <summary>Clears the line.</summary>
    public void Dispose() => Put("\r\x1b[K");

    private void Put(string text)
    {
        try
        {
            _error?.Write(text);
            _error?.Flush();
        }
        catch (OutputException)
        {
            // Progress is not worth failing for.
        }
    }
}
