using System.Text.Json;

namespace NetTools.PktSniff.Report;

/// <summary>Fields as members of a JSON object.</summary>
internal sealed class JsonFieldWriter : FieldWriter
{
    private Utf8JsonWriter _json = null!;

    /// <summary>Writes to <paramref name="json"/> from now on.</summary>
    public void Use(Utf8JsonWriter json) => _json = json;

    /// <inheritdoc/>
    public override void Number(ReadOnlySpan<byte> name, long value)
    {
        if (name.IsEmpty)
        {
            _json.WriteNumberValue(value);
        }
        else
        {
            _json.WriteNumber(name, value);
        }
    }

    /// <inheritdoc/>
    public override void Flag(ReadOnlySpan<byte> name, bool value) => _json.WriteBoolean(name, value);

    /// <inheritdoc/>
    public override void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> printable)
    {
        if (name.IsEmpty)
        {
            _json.WriteStringValue(printable);
        }
        else
        {
            _json.WriteString(name, printable);
        }
    }

    /// <inheritdoc/>
    public override void Digits(ReadOnlySpan<byte> name, ReadOnlySpan<byte> digits)
    {
        _json.WritePropertyName(name);
        _json.WriteRawValue(digits, skipInputValidation: true);
    }

    /// <inheritdoc/>
    public override void Null(ReadOnlySpan<byte> name) => _json.WriteNull(name);

    /// <inheritdoc/>
    public override void Begin(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            _json.WriteStartObject();
        }
        else
        {
            _json.WriteStartObject(name);
        }
    }

    /// <inheritdoc/>
    public override void End() => _json.WriteEndObject();

    /// <inheritdoc/>
    public override void BeginList(ReadOnlySpan<byte> name) => _json.WriteStartArray(name);

    /// <inheritdoc/>
    public override void EndList() => _json.WriteEndArray();
}
