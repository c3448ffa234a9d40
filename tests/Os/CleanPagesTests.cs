using System.Text;
using NetTools.Os;
using Xunit;

namespace NetTools.Tests.Os;

public class CleanPagesTests
{
    [Fact]
    public void Only_files_that_are_not_written_to_and_have_no_page_of_their_own_are_found()
    {
        string smaps = Mapping("7f0000001000-7f0000003000 r--p 00000000 fe:00 12   /bin/tool", 0)
            + Mapping("7f0000003000-7f0000004000 r--p 00002000 fe:00 12   /bin/tool", 4) // written to, and then protected
            + Mapping("7f0000004000-7f0000009000 r-xp 00003000 fe:00 12   /bin/tool with a blank", 0)
            + Mapping("7f0000009000-7f000000a000 rw-p 00008000 fe:00 12   /bin/tool", 0)
            + Mapping("7f000000a000-7f000000b000 r--s 00000000 fe:00 13   /shared", 0)
            + Mapping("7f000000b000-7f000000c000 r--p 00000000 00:00 0 ", 0)
            + Mapping("7fff00000000-7fff00002000 r-xp 00000000 00:00 0    [vdso]", 0)
            + "7f000000c000-7f000000d000 r--p 00000000 fe:00 12   /cut\nRss:                 4 kB\nAnony";
        Assert.Equal([(0x7f0000001000UL, 0x7f0000003000UL), (0x7f0000004000UL, 0x7f0000009000UL)],
            CleanPages.Find(Encoding.ASCII.GetBytes(smaps)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("7f- r--p /x\nAnonymous: 0 kB\n")]
    [InlineData("-7f r--p /x\nAnonymous: 0 kB\n")]
    [InlineData("7f0000001000-7f0000003000\nAnonymous: 0 kB\n")]
    public void Text_that_is_not_smaps_has_none(string text) => Assert.Empty(CleanPages.Find(Encoding.ASCII.GetBytes(text)));

    private static string Mapping(string head, int anonymous) =>
        $"{head}\nSize:  8 kB\nRss:  8 kB\nAnonymous:  {anonymous} kB\nVmFlags: rd mr\n";
}
