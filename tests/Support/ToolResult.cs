using System.Text;
using System.Text.Json;
using Xunit;

namespace NetTools.Tests.Support;

/// <summary>What a program left behind.</summary>
/// <param name="Command">The command line.</param>
/// <param name="ExitCode">The exit code; 128 + n when signal n ended it.</param>
/// <param name="OutputBytes">Standard output.</param>
/// <param name="Error">Standard error.</param>
public sealed record ToolResult(string Command, int ExitCode, byte[] OutputBytes, string Error)
{
    /// <summary>Standard output as text.</summary>
    public string Output => Encoding.UTF8.GetString(OutputBytes);

    /// <summary>Standard output as one JSON value.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The lines of standard output.</summary>
    public string[] OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The lines of standard error.</summary>
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Fails the test, showing everything, unless the program ended with <paramref name="exitCode"/>.</summary>
    public ToolResult Expect(int exitCode = 0)
    {
        Assert.True(ExitCode == exitCode, $"expected exit code {exitCode}: {this}");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"`{Command}` ended with {ExitCode}\nstdout: {Shorten(Output)}\nstderr: {Shorten(Error)}";

    internal static string Shorten(string text) => text.Length <= 4000 ? text : $"{text[..2000]}\n[...]\n{text[^2000..]}";
}
