using NetTools.Terminal;
using Xunit;

namespace NetTools.Tests.Terminal;

public class EscapeTests
{
    [Theory]
    [InlineData("plain ü 東", "plain ü 東")]
    [InlineData("\u001b]0;x\a", "?]0;x?")]
    [InlineData("a\r\nb\tc", "a??b?c")]
    [InlineData("\u009b31m\u007f", "?31m?")]
    [InlineData("\u202eabc\u2066\u2028", "?abc??")]
    public void A_terminal_gets_nothing_that_it_would_obey(string text, string escaped) =>
        Assert.Equal(escaped, Escape.Terminal(text));

    [Theory]
    [InlineData("a", "a")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("a\nb", "\"a\nb\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("-x", "'-x")]
    [InlineData("-1.5", "-1.5")]
    [InlineData("", "")]
    public void A_field_of_csv_stays_one_field_and_no_formula(string text, string escaped) =>
        Assert.Equal(escaped, Escape.Csv(text));

    [Fact]
    public void Html_has_no_tags_and_no_ends_of_attributes() =>
        Assert.Equal("&lt;b title=&quot;&#39;&amp;?", Escape.Html("<b title=\"'&\u001b"));

    [Fact]
    public void A_gnuplot_string_does_not_end_early() => Assert.Equal("a\\\"b\\\\?", Escape.Gnuplot("a\"b\\\n"));
}
