using NetTools.Os;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Terminal;

public unsafe class BackgroundTests
{
    [Fact]
    public void A_ready_signal_is_one_newline_and_then_the_end()
    {
        int* pipe = stackalloc int[2];
        Assert.Equal(0, LibC.pipe2(pipe, LibC.O_NONBLOCK));
        ReadySignal signal = new(pipe[1]);
        byte* text = stackalloc byte[4];
        Assert.Equal(-1, (int)LibC.read(pipe[0], text, 4)); // nothing before it is ready
        signal.Send();
        signal.Send();
        Assert.Equal((1, (byte)'\n'), ((int)LibC.read(pipe[0], text, 4), text[0]));
        Assert.Equal(0, (int)LibC.read(pipe[0], text, 4));
        LibC.close(pipe[0]);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(987654)]
    public void A_descriptor_that_is_not_open_is_refused(int descriptor) =>
        Assert.Contains("is not open", Assert.Throws<OperationFailedException>(() => new ReadySignal(descriptor)).Message);

    [Fact]
    public void A_descriptor_that_can_only_be_read_is_refused()
    {
        int* pipe = stackalloc int[2];
        Assert.Equal(0, LibC.pipe2(pipe, 0));
        int reading = pipe[0];
        Assert.Contains("not open for writing", Assert.Throws<OperationFailedException>(() => new ReadySignal(reading)).Message);
        LibC.close(pipe[0]);
        LibC.close(pipe[1]);
    }

    [Fact]
    public void A_pid_file_names_the_process_refuses_a_second_and_is_removed()
    {
        using TempFolder folder = new();
        string path = folder.File("pid");
        File.WriteAllText(path, "123456789 stale");
        using (PidFile file = new(path))
        {
            Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(path));
            Assert.Contains("a running program holds it",
                Assert.Throws<OperationFailedException>(() => new PidFile(path)).Message);
            Assert.Equal($"{Environment.ProcessId}\n", File.ReadAllText(path));
        }

        Assert.False(File.Exists(path));
    }

    [Theory]
    [InlineData("root:x:0:0:root:/root:/bin/bash\n")]
    [InlineData("127.0.0.1 localhost\n")]
    public void A_pid_file_never_replaces_other_data(string data)
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("data"), data);
        Assert.Contains("holds no process id",
            Assert.Throws<OperationFailedException>(() => new PidFile(folder.File("data"))).Message);
        Assert.Equal(data, File.ReadAllText(folder.File("data")));
    }

    [Fact]
    public void A_pid_file_never_follows_a_link()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("precious"), "data");
        File.CreateSymbolicLink(folder.File("pid"), folder.File("precious"));
        Assert.Contains("ELOOP", Assert.Throws<LibcException>(() => new PidFile(folder.File("pid"))).Message);
        Assert.Equal("data", File.ReadAllText(folder.File("precious")));
    }
}
