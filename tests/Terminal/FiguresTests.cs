using NetTools.Terminal;
using Xunit;

namespace NetTools.Tests.Terminal;

public class FiguresTests
{
    [Theory]
    [InlineData(0, "0 frames")]
    [InlineData(1, "1 frame")]
    [InlineData(2, "2 frames")]
    [InlineData(1_234_567, "1,234,567 frames")]
    public void Counts_have_commas_and_the_right_number(long number, string text) =>
        Assert.Equal(text, Figures.Count(number, "frame"));

    [Theory]
    [InlineData(0, "0 frames")]
    [InlineData(1, "1 frame")]
    [InlineData(20_000, "20000 frames")]
    public void Plain_counts_have_no_commas(long number, string text) => Assert.Equal(text, Figures.PlainCount(number, "frame"));

    [Fact]
    public void A_noun_may_have_a_plural_of_its_own() => Assert.Equal("3 replies", Figures.Count(3, "reply", "replies"));

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.04562, "0.0456")]
    [InlineData(9.996, "10.0")]
    [InlineData(12.34, "12.3")]
    [InlineData(99.96, "100")]
    [InlineData(123.4, "123")]
    [InlineData(1234.6, "1,235")]
    [InlineData(-1.5, "-1.50")]
    public void Three_digits_count(double value, string text) => Assert.Equal(text, Figures.Short(value));

    [Theory]
    [InlineData(0, "0 ns")]
    [InlineData(15.23, "15.2 ns")]
    [InlineData(999.7, "1.00 us")]
    [InlineData(15_230, "15.2 us")]
    [InlineData(1_500_000, "1.50 ms")]
    [InlineData(90_000_000_000, "90.0 s")]
    public void Times_have_a_unit_that_suits(double nanoseconds, string text) => Assert.Equal(text, Figures.Time(nanoseconds));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1_500_000_000, "1500ms")]
    [InlineData(120_000_000_000, "2m")]
    [InlineData(86_400_000_000_000, "1d")]
    [InlineData(7, "7ns")]
    public void Durations_read_back_as_they_were(long nanoseconds, string text)
    {
        Assert.Equal(text, Figures.Duration(nanoseconds));
        Assert.Equal(nanoseconds, Quantity.Duration("-i", text));
    }

    [Fact]
    public void MB_is_ten_to_the_sixth_and_MiB_is_named()
    {
        Assert.Equal("999 B", Figures.Bytes(999));
        Assert.Equal("1.50 MB", Figures.Bytes(1_500_000));
        Assert.Equal("1.50 MiB", Figures.BinaryBytes(1_572_864));
        Assert.Equal("1,023 B", Figures.BinaryBytes(1023));
    }

    [Fact]
    public void A_percentage_of_nothing_is_not_a_number()
    {
        Assert.Equal("-", Figures.Percent(0, 0));
        Assert.Equal("33.3 %", Figures.Percent(1, 3));
    }

    [Fact]
    public void Sentences_are_broken_at_blanks_before_column_80()
    {
        string[] lines = [.. Figures.Wrap(string.Join(' ', Enumerable.Repeat("word", 40)), indent: 2)];
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, 80));
        Assert.All(lines[1..], line => Assert.StartsWith("  word", line));
        Assert.Equal([new string('x', 100)], Figures.Wrap(new string('x', 100), indent: 2));
    }
}
