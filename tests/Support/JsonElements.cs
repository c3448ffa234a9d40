using System.Text.Json;

namespace NetTools.Tests.Support;

/// <summary>Reads members of JSON objects.</summary>
public static class JsonElements
{
    /// <summary>A member that is a whole number.</summary>
    public static int Int(JsonElement element, string name) => element.GetProperty(name).GetInt32();
}
