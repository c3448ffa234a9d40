using System.Text.Encodings.Web;
using System.Text.Json;

namespace NetTools.Terminal;

/// <summary>Writes JSON objects, one per line, without allocating per object.</summary>
/// <param name="output">Where the lines go.</param>
public sealed class JsonLines(Output output) : IDisposable
{
    private readonly Utf8JsonWriter _writer = new(output, new JsonWriterOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for people and jq, never for a web page
        SkipValidation = true,
    });

    /// <summary>Begins an object; write its members, then call <see cref="End"/>.</summary>
    public Utf8JsonWriter Begin()
    {
        _writer.Reset(output);
        _writer.WriteStartObject();
        return _writer;
    }

    /// <summary>Ends the object that <see cref="Begin"/> began, and its line.</summary>
    public void End()
    {
        _writer.WriteEndObject();
        _writer.Flush();
        output.EndLine();
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
