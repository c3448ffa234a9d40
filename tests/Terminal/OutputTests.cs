using System.Text;
using NetTools.Os;
using NetTools.Terminal;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.Terminal;

public sealed class OutputTests : IDisposable
{
    private readonly Descriptor _reader;
    private readonly Descriptor _writer;

    public unsafe OutputTests()
    {
        int* ends = stackalloc int[2];
        Errno.Check(LibC.pipe2(ends, LibC.O_CLOEXEC), "making a pipe");
        (_reader, _writer) = (new Descriptor(ends[0]), new Descriptor(ends[1]));
    }

    public void Dispose()
    {
        _reader.Dispose();
        _writer.Dispose();
    }

    [Fact]
    public void Holds_text_back_until_it_is_flushed()
    {
        Output output = new(_writer.Value, "pipe");
        output.WriteLine("µ é 🙂");
        Assert.Equal("", Read());
        output.Flush();
        Assert.Equal("µ é 🙂\n", Read());
    }

    [Fact]
    public void Writes_each_line_at_once_when_asked()
    {
        Output output = new(_writer.Value, "pipe") { LineBuffered = true };
        output.Write("be");
        Assert.Equal("", Read());
        output.WriteLine("gun");
        Assert.Equal("begun\n", Read());
    }

    [Fact]
    public void Writes_a_full_buffer_without_being_asked()
    {
        Output output = new(_writer.Value, "pipe");
        output.Write(new string('x', 40_000));
        Assert.Equal(40_000, Read().Length);
    }

    [Fact]
    public void A_broken_pipe_is_told_once()
    {
        _reader.Dispose();
        Output output = new(_writer.Value, "the pipe");
        output.WriteLine("lost");
        Assert.Equal("writing the pipe: EPIPE: Broken pipe", Assert.Throws<OutputException>(output.Flush).Message);
        output.Flush();
    }

    [Fact]
    public async Task Waits_for_a_full_pipe_that_does_not_block()
    {
        LibC.fcntl(_writer.Value, LibC.F_SETFL, LibC.O_NONBLOCK);
        string text = new('x', 300_000);
        Task<string> reader = Task.Run(() =>
        {
            StringBuilder all = new();
            while (all.Length < text.Length)
            {
                Thread.Sleep(1);
                all.Append(Read());
            }

            return all.ToString();
        });
        Output output = new(_writer.Value, "pipe");
        output.Write(text);
        output.Flush();
        Assert.Equal(text, await reader.WaitAsync(RunOptions.DefaultTimeout));
    }

    [Fact]
    public void Refuses_to_advance_beyond_what_it_lent()
    {
        Output output = new(_writer.Value, "pipe");
        int room = output.GetSpan(10).Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(room + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => output.Advance(-1));
        Assert.True(output.GetSpan(100_000).Length >= 100_000);
        Assert.True(output.GetMemory(200_000).Length >= 200_000);
    }

    [Fact]
    public void Json_objects_stand_on_a_line_each_and_allocate_nothing()
    {
        Output output = new(_writer.Value, "pipe");
        using JsonLines lines = new(output);
        void Write(int i)
        {
            System.Text.Json.Utf8JsonWriter json = lines.Begin();
            json.WriteNumber("seq"u8, i);
            json.WriteString("text"u8, "a\n\"µ\x1b"u8);
            lines.End();
        }

        Write(1);
        Write(2);
        output.Flush();
        Assert.Equal("{\"seq\":1,\"text\":\"a\\n\\\"µ\\u001B\"}\n{\"seq\":2,\"text\":\"a\\n\\\"µ\\u001B\"}\n", Read());

        Allocations.AssertNone(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Write(i);
            }
        });
        output.Flush();
    }

    [Fact]
    public void A_table_aligns_its_columns()
    {
        Table table = new("name", "ns", "ratio");
        table.Add("select", "180000", "1.0");
        table.Add("epoll", "570", "0.003");
        Assert.Equal(
            [
                "name        ns  ratio",
                "select  180000    1.0",
                "epoll      570  0.003",
            ],
            table.Lines());
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Add("poll"));
    }

    /// <summary>What is in the pipe now.</summary>
    private unsafe string Read()
    {
        byte* buffer = stackalloc byte[65536];
        pollfd ready = new() { fd = _reader.Value, events = LibC.POLLIN };
        return LibC.poll(&ready, 1, 0) == 1 ? Encoding.UTF8.GetString(buffer, (int)LibC.read(_reader.Value, buffer, 65536)) : "";
    }
}
