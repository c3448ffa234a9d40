using NetTools.RawPing.Report;
using NetTools.RawPing.Wire;
using Xunit;

namespace NetTools.Tests.RawPing;

public class NameLookupsTests
{
    private static readonly HostAddress s_host = HostAddress.FromBytes([192, 0, 2, 1]);

    [Fact]
    public void A_name_is_asked_for_once_and_kept()
    {
        int asked = 0;
        NameLookups names = new(_ => Interlocked.Increment(ref asked) == 1 ? "router.test" : "other.test");
        AwaitName(names, "router.test");
        Assert.Equal("router.test", names.Find(s_host));
        Assert.Null(new NameLookups(_ => null).Find(s_host));
        Assert.Equal("router.test (192.0.2.1)", new HostNames([], names).Describe(s_host));
        Assert.Equal("file.test (192.0.2.1)", new HostNames(["192.0.2.1 file.test"], names).Describe(s_host));
    }

    [Fact]
    public void A_silent_name_server_is_waited_for_once()
    {
        using ManualResetEventSlim answer = new();
        NameLookups names = new(_ =>
        {
            answer.Wait(TimeSpan.FromSeconds(60));
            return "late.test";
        });
        Assert.Null(names.Find(s_host));
        for (byte i = 2; i < 100; i++)
        {
            Assert.Null(names.Find(HostAddress.FromBytes([192, 0, 2, i]))); // 500 ms each would be 49 s
        }

        Assert.False(answer.IsSet);
        answer.Set();
        AwaitName(names, "late.test");
    }

    [Fact]
    public void Strangers_cannot_have_thousands_of_names_looked_up()
    {
        int asked = 0;
        NameLookups names = new(_ =>
        {
            Interlocked.Increment(ref asked);
            return null;
        });
        for (uint i = 0; i < 5000; i++)
        {
            Assert.Null(names.Find(new HostAddress(i, IsV6: false)));
        }

        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked) == NameLookups.Most, TimeSpan.FromSeconds(30)));
    }

    [Theory]
    [InlineData("router-1.example.test", true)]
    [InlineData("_x.1", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("a b", false)]
    [InlineData("\u001b[2Jevil", false)]
    [InlineData("new\nline", false)]
    [InlineData("h\u00f6st", false)]
    [InlineData("(10.0.0.1)", false)]
    public void Only_host_names_are_believed(string name, bool good)
    {
        Assert.Equal(good, NameLookups.IsName(name));
        AwaitName(new NameLookups(_ => name), good ? name : null);
    }

    [Fact]
    public void Names_that_are_too_long_are_ignored() =>
        Assert.Equal((true, false), (NameLookups.IsName(new string('a', 253)), NameLookups.IsName(new string('a', 254))));

    // On a busy machine any answer may come later than a line waits for it.
    private static void AwaitName(NameLookups names, string? name) =>
        Assert.True(SpinWait.SpinUntil(() => names.Find(s_host) == name, TimeSpan.FromSeconds(30)));
}
