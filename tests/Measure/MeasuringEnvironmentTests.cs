using System.Buffers;
using System.Text.Json;
using NetTools.Measure;
using Xunit;

namespace NetTools.Tests.Measure;

public class MeasuringEnvironmentTests
{
    [Fact]
    public void Reads_this_machine()
    {
        MeasuringEnvironment facts = MeasuringEnvironment.Read();
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), facts.Kernel);
        Assert.Equal(File.ReadAllText("/proc/sys/net/ipv4/tcp_congestion_control").Trim(), facts.CongestionControl);
        Assert.Contains(facts.Kernel!, facts.ToString());
    }

    [Fact]
    public void Writes_unknown_facts_as_null()
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            json.WriteStartObject();
            new MeasuringEnvironment(null, "x64", null, 2, null, "cubic", null, new BufferSizes(1, 2, 3), null, null, 4)
                .WriteTo(json);
            json.WriteEndObject();
        }

        using JsonDocument read = JsonDocument.Parse(bytes.WrittenMemory);
        Assert.Equal(JsonValueKind.Null, read.RootElement.GetProperty("kernel").ValueKind);
        Assert.Equal(JsonValueKind.Null, read.RootElement.GetProperty("tcp_wmem_bytes").ValueKind);
        Assert.Equal([1, 2, 3], read.RootElement.GetProperty("tcp_rmem_bytes").EnumerateArray().Select(e => e.GetInt32()));
        Assert.Equal(4, read.RootElement.GetProperty("wmem_max_bytes").GetInt64());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1 2")]
    [InlineData("1 2 x")]
    [InlineData("1 2 3 4")]
    public void Buffer_sizes_of_another_shape_are_unknown(string? line) => Assert.Null(BufferSizes.Parse(line));

    [Fact]
    public void Buffer_sizes_are_three_numbers() =>
        Assert.Equal(new BufferSizes(4096, 131072, 33554432), BufferSizes.Parse("4096\t131072\t33554432"));
}
