using NetTools.Os;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Os;

public class ErrnoTests
{
    [Theory]
    [InlineData(13, "EACCES", "EACCES: Permission denied")]
    [InlineData(98, "EADDRINUSE", "EADDRINUSE: Address already in use")]
    [InlineData(9999, "E?9999", "E?9999: Unknown error")]
    public void Names_errors(int errno, string name, string text)
    {
        Assert.Equal(name, Errno.Name(errno));
        Assert.Equal(text, Errno.Describe(errno));
    }

    [Fact]
    public void A_failed_call_says_what_was_being_done()
    {
        LibcException failure = Assert.Throws<LibcException>(
            () => Errno.Check(LibC.close(-1), "closing nothing", "open something"));
        Assert.Equal(("closing nothing: EBADF: Bad file descriptor", "open something", LibC.EBADF),
            (failure.Message, failure.Hint, failure.Errno));
    }

    [Fact]
    public void Passes_results_on()
    {
        Assert.Equal(7, Errno.Check(7, "nothing"));
        Assert.Equal(1L << 40, Errno.Check(1L << 40, "nothing"));
    }

    [Fact]
    public void A_descriptor_is_closed_once()
    {
        Descriptor descriptor = Descriptor.Open(LibC.dup(0), "duplicating");
        int value = descriptor.Value;
        descriptor.Dispose();
        descriptor.Dispose();
        Assert.Equal(-1, descriptor.Value);
        Assert.Equal(-1, LibC.close(value));
    }

    [Fact]
    public void A_missing_interface_is_an_error_and_lo_is_not()
    {
        Assert.Equal("lo", Interfaces.Name(Interfaces.Index("lo")));
        Assert.Equal(LibC.ENODEV, Assert.Throws<LibcException>(() => Interfaces.Index("nosuch0")).Errno);
        Assert.Null(Interfaces.Name(int.MaxValue));
    }
}
