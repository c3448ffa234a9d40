using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetTools.Terminal;
using Xunit;

namespace NetTools.Tests.Terminal;

public class JsonHeadTests
{
    [Fact]
    public void The_head_has_the_names_of_the_contract()
    {
        JsonElement written = Write(json =>
        {
            JsonHead head = new("load");
            head.WriteTool(json);
            head.WriteRun(json, interrupted: true);
        });
        Assert.Equal(["tool", "command", "version", "started", "ended", "interrupted"],
            written.EnumerateObject().Select(member => member.Name));
        Assert.Matches(new Regex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"), written.GetProperty("started").GetString()!);
        Assert.True(written.GetProperty("interrupted").GetBoolean());
    }

    [Theory]
    [InlineData(9007199254740992, false)]
    [InlineData(9007199254740993, true)]
    [InlineData(-9007199254740993, true)]
    public void Integers_beyond_2_to_the_53_have_a_string_beside_them(long value, bool text)
    {
        JsonElement written = Write(json => JsonHead.WriteInteger(json, "n", value));
        Assert.Equal(value, written.GetProperty("n").GetInt64());
        Assert.Equal(text, written.TryGetProperty("n_text", out JsonElement beside));
        if (text)
        {
            Assert.Equal(value.ToString(System.Globalization.CultureInfo.InvariantCulture), beside.GetString());
        }
    }

    private static JsonElement Write(Action<Utf8JsonWriter> body)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream))
        {
            json.WriteStartObject();
            body(json);
            json.WriteEndObject();
        }

        return JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray())).RootElement;
    }
}
