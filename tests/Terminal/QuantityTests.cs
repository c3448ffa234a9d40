using NetTools.Os;
using NetTools.Terminal;
using Xunit;

namespace NetTools.Tests.Terminal;

public class QuantityTests
{
    [Theory]
    [InlineData("5", 5_000_000_000)]
    [InlineData("0.2", 200_000_000)]
    [InlineData("5s", 5_000_000_000)]
    [InlineData("200ms", 200_000_000)]
    [InlineData("1.5ms", 1_500_000)]
    [InlineData("10us", 10_000)]
    [InlineData("10µs", 10_000)]
    [InlineData("7ns", 7)]
    [InlineData("1m", 60_000_000_000)]
    [InlineData("2min", 120_000_000_000)]
    [InlineData("1h", 3_600_000_000_000)]
    [InlineData("1d", 86_400_000_000_000)]
    [InlineData("1e-3", 1_000_000)]
    [InlineData("+1", 1_000_000_000)]
    [InlineData("0", 0)]
    public void Durations_are_read(string text, long nanoseconds) => Assert.Equal(nanoseconds, Quantity.Duration("-i", text));

    [Theory]
    [InlineData("5", 5_000_000)]
    [InlineData("5s", 5_000_000_000)]
    public void A_plain_number_is_in_the_unit_of_the_option(string text, long nanoseconds) =>
        Assert.Equal(nanoseconds, Quantity.Duration("-i", text, TimeUnits.Millisecond));

    [Theory]
    [InlineData("1400", 1400)]
    [InlineData("1400B", 1400)]
    [InlineData("64K", 65536)]
    [InlineData("64k", 65536)]
    [InlineData("64KiB", 65536)]
    [InlineData("64kB", 64000)]
    [InlineData("1M", 1048576)]
    [InlineData("1MB", 1000000)]
    [InlineData("1.5M", 1572864)]
    [InlineData("2G", 2147483648)]
    [InlineData("2GB", 2000000000)]
    public void Sizes_are_read(string text, long bytes) => Assert.Equal(bytes, Quantity.Size("-s", text));

    [Theory]
    [InlineData("10", 10)]
    [InlineData("10k", 10_000)]
    [InlineData("1.5k", 1_500)]
    [InlineData("2M", 2_000_000)]
    [InlineData("1e6", 1_000_000)]
    public void Counts_are_read(string text, long count) => Assert.Equal(count, Quantity.Count("-c", text));

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5x")]
    [InlineData("5 s")]
    [InlineData("5ss")]
    [InlineData("1,5")]
    [InlineData("0x10")]
    [InlineData("--5")]
    [InlineData("5e")]
    [InlineData("nan")]
    [InlineData("inf")]
    [InlineData("1.2.3")]
    [InlineData("5\u001b[2J")]
    public void What_is_not_a_quantity_is_refused(string text)
    {
        foreach (Action read in (Action[])[() => Quantity.Duration("-i", text), () => Quantity.Size("-i", text), () =>
            Quantity.Count("-i", text)])
        {
            OperationFailedException e = Assert.Throws<OperationFailedException>(read);
            Assert.StartsWith("-i ", e.Message);
            Assert.DoesNotContain('\u001b', e.Message);
        }
    }

    [Theory]
    [InlineData("1.5")]
    [InlineData("0.1k5")]
    public void Counts_and_sizes_are_whole(string text)
    {
        Assert.Throws<OperationFailedException>(() => Quantity.Size("-s", text));
        Assert.Throws<OperationFailedException>(() => Quantity.Count("-s", text));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("11s")]
    [InlineData("1e27")]
    [InlineData("79228162514264337593543950335d")]
    public void What_is_out_of_range_is_refused_with_the_range(string text)
    {
        OperationFailedException e = Assert.Throws<OperationFailedException>(
            () => Quantity.Duration("-w", text, most: 10 * TimeUnits.Second));
        Assert.Equal($"-w {text}: out of range", e.Message);
        Assert.Equal("0s to 10s", e.Hint);
    }

    [Fact]
    public void A_negative_number_is_read_where_the_option_takes_it() =>
        Assert.Equal(-1, Quantity.Count("--timeout", "-1", least: -1));
}
