using NetTools.Os;
using NetTools.Sockets;
using Xunit;

namespace NetTools.Tests.Sockets;

public class EndpointTests
{
    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1", 80)]
    [InlineData("localhost:65535", "localhost", 65535)]
    [InlineData("[::1]:8080", "::1", 8080)]
    public void Reads_host_and_port(string text, string host, int port)
    {
        Endpoint endpoint = Endpoint.Parse(text);
        Assert.Equal(new Endpoint(host, port), endpoint);
        Assert.Equal(text, endpoint.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":80")]
    [InlineData("::1:80")]
    [InlineData("host")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("host: 1")]
    [InlineData("[]:1")]
    public void Refuses_anything_else(string text) =>
        Assert.Throws<OperationFailedException>(() => Endpoint.Parse(text));

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:7")]
    [InlineData("::1", "[::1]:7")]
    public void Resolves_numeric_addresses(string host, string expected) =>
        Assert.Equal(expected, Endpoint.Resolve(host, 7).ToString());
}
