namespace NetTools.Terminal;

/// <summary>One line on standard error: <c>tool: what was being done: ENAME: text (hint)</c>.</summary>
public static class ErrorLine
{
    private const int Longest = 2000;

    /// <summary>The first word of the line; <see cref="Command.Run"/> sets it.</summary>
    public static string Tool { get; set; } = "nettools";

    /// <summary>Writes the line; never throws, because nothing is left to report it to.</summary>
    /// <param name="message">What failed and why.</param>
    /// <param name="hint">What the user can do about it, or null.</param>
    public static void Write(string message, string? hint = null)
    {
        string line = hint is null ? $"{Tool}: {message}" : $"{Tool}: {message} ({hint})";
        try
        {
            Output error = new(2, "standard error");
            error.WriteLine(OneLine(line));
            error.Flush();
        }
        catch (OutputException)
        {
            // Standard error is closed or full.
        }
    }

    /// <summary>One line that is safe for a terminal and no longer than <see cref="Longest"/>.</summary>
    private static string OneLine(string text)
    {
        string line = Escape.Terminal(text.ReplaceLineEndings(" "));
        return line.Length <= Longest ? line : $"{line.AsSpan(0, Longest)}...";
    }
}
