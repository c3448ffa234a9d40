using NetTools.Os;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Sweep;
using NetTools.RawPing.Wire;
using Xunit;

namespace NetTools.Tests.RawPing;

public class TargetReaderTests
{
    [Theory]
    [InlineData("192.0.2.0/24", 254, "192.0.2.1", "192.0.2.254")]
    [InlineData("192.0.2.77/24", 254, "192.0.2.1", "192.0.2.254")]
    [InlineData("192.0.2.4/31", 2, "192.0.2.4", "192.0.2.5")]
    [InlineData("192.0.2.4/32", 1, "192.0.2.4", "192.0.2.4")]
    [InlineData("10.0.0.0/16", 65534, "10.0.0.1", "10.0.255.254")]
    [InlineData("2001:db8::/120", 256, "2001:db8::", "2001:db8::ff")]
    public void A_network_is_its_hosts(string network, int count, string first, string last)
    {
        Target[] targets = [.. TargetReader.Generate(network)];
        Assert.Equal(count, targets.Length);
        Assert.Equal((first, last), (targets[0].Name, targets[^1].Name));
    }

    [Theory]
    [InlineData("192.0.2.0")]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/x")]
    [InlineData("10.0.0.0/8")]
    [InlineData("2001:db8::/64")]
    [InlineData("/24")]
    public void What_is_not_a_network_is_refused(string network) =>
        Assert.ThrowsAny<OperationFailedException>(() => TargetReader.Generate(network).ToArray());

    [Fact]
    public void A_file_is_read_line_by_line()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "127.0.0.1 the loopback\n  ::1  # lo\n\n# nothing\n");
            Assert.Equal(["127.0.0.1", "::1"],
                TargetReader.Read(new PingOptions { File = file }, 0, null).Found.Select(target => target.Name));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_is_read_no_further_than_the_most_hosts()
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, string.Concat(Enumerable.Repeat("127.0.0.1\n", TargetReader.Most)));
            Assert.Equal(TargetReader.Most, TargetReader.Read(new PingOptions { File = file }, 0, null).Found.Count);
            File.AppendAllText(file, "127.0.0.1\nnot a host that anybody looks up\n");
            OperationFailedException e = Assert.Throws<OperationFailedException>(
                () => TargetReader.Read(new PingOptions { File = file }, 0, null));
            Assert.Equal("more than 131072 hosts", e.Message);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_that_is_not_a_list_of_hosts_does_not_fill_the_memory()
    {
        OperationFailedException e = Assert.Throws<OperationFailedException>(
            () => TargetReader.Read(new PingOptions { File = "/dev/zero" }, 0, null));
        Assert.Equal("reading /dev/zero: line 1 is longer than 4096 characters", e.Message);
    }
}
