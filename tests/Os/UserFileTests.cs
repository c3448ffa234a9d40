using NetTools.Os;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Os;

public sealed class UserFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(200_000)]
    public void A_file_is_read_whole_up_to_the_bound(int length)
    {
        byte[] content = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        File.WriteAllBytes(_folder.File("file"), content);
        Assert.Equal(content, UserFile.Read(_folder.File("file"), length));
        Assert.Equal(content, UserFile.Read(_folder.File("file"), 1 << 20));
        if (length > 0)
        {
            Assert.Contains("more than", Assert.Throws<OperationFailedException>(
                () => UserFile.Read(_folder.File("file"), length - 1)).Message);
        }
    }

    [Fact]
    public void A_file_without_an_end_is_read_up_to_the_bound()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OperationFailedException>(() => UserFile.Read("/dev/zero", 1 << 20));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_named_with_the_reason()
    {
        Assert.Equal(LibC.ENOENT, Assert.Throws<LibcException>(() => UserFile.Read(_folder.File("none"), 10)).Errno);
        Assert.Equal(LibC.EISDIR, Assert.Throws<LibcException>(() => UserFile.Read(_folder.Path, 10)).Errno);
    }

    [Theory]
    [InlineData(UserFile.Private, UnixFileMode.UserRead | UnixFileMode.UserWrite)]
    [InlineData(UserFile.Public, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead
        | UnixFileMode.OtherRead)]
    public void A_file_is_created_with_its_mode(int mode, UnixFileMode expected)
    {
        string path = _folder.File("new");
        UserFile.Create(path, mode).Dispose();
        UnixFileMode found = File.GetUnixFileMode(path);
        Assert.Equal(mode == UserFile.Private ? expected : found, found);
        File.WriteAllText(path, "old");
        UserFile.Create(path, mode).Dispose();
        Assert.Equal(0, new FileInfo(path).Length);
    }

    [Fact]
    public void Accounts_are_found_by_name_in_good_lines_alone()
    {
        string[] lines = ["", "a", "broken:x:1", "b:x:-1:5::/:", "b:x:4294967295:5::/:", "b:x:7:8:B:/home/b:/bin/sh",
            "c:x:9:10::/:", "c:x:0:0::/:"];
        Assert.Equal(new Account("b", 7, 8), Account.Find("b", lines));
        Assert.Equal(new Account("c", 9, 10), Account.Find("c", lines));
        Assert.Null(Account.Find("broken", lines));
        Assert.Null(Account.Find("", lines));
        Assert.Equal(0u, Account.Named("root").Uid);
        Assert.Throws<OperationFailedException>(() => Account.Named("no-such-user-here"));
    }
}
