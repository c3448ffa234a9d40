using System.Net;
using NetTools.RawPing.Report;
using NetTools.RawPing.Wire;
using Xunit;

namespace NetTools.Tests.RawPing;

public class HostNamesTests
{
    [Theory]
    [InlineData("192.0.2.1", "first.test (192.0.2.1)")]
    [InlineData("192.0.2.2", "tabs.test (192.0.2.2)")]
    [InlineData("192.0.2.3", "192.0.2.3 (192.0.2.3)")]
    [InlineData("2001:db8::1", "six.test (2001:db8::1)")]
    public void The_first_name_of_the_first_line_counts(string address, string expected)
    {
        HostNames names = new(
        [
            "# 192.0.2.3 comment.test", "", "192.0.2.1 first.test alias another", "192.0.2.1 second.test",
            "\t192.0.2.2\t\ttabs.test# with",
            "192.0.2.3", "192.0.2.3 # nothing", "300.1.1.1 bad.test", "word", "2001:DB8:0::1 six.test",
        ]);
        Assert.Equal(expected, names.Describe(HostAddress.From(IPAddress.Parse(address))));
    }

    [Fact]
    public void A_file_that_is_not_there_has_no_names() => Assert.Equal(
        "127.0.0.1 (127.0.0.1)", HostNames.Read("/nonexistent/hosts").Describe(HostAddress.From(IPAddress.Loopback)));

    [Fact]
    public void Without_names_addresses_are_printed() =>
        Assert.Equal("127.0.0.1", HostNames.None.Describe(HostAddress.From(IPAddress.Loopback)));
}
