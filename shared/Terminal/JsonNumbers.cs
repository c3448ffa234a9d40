using System.Text.Json;

namespace NetTools.Terminal;

/// <summary>Numbers in JSON that may be unknown: null then, never 0.</summary>
public static class JsonNumbers
{
    /// <summary>Writes a whole number, or null.</summary>
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, long? value)
    {
        if (value is long number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    /// <summary>Writes a number rounded to some decimals; null where it is unknown, infinite or not a number.</summary>
    public static void WriteNumberOrNull(this Utf8JsonWriter json, string name, double? value, int digits)
    {
        if (value is double number && double.IsFinite(number))
        {
            json.WriteNumber(name, Math.Round(number, digits));
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
