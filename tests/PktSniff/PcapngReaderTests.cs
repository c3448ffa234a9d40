using System.Globalization;
using System.Text;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Link;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.PktSniff;

/// <summary>The reader of pcapng files, with blocks made by hand in either byte order.</summary>
public class PcapngReaderTests
{
    private const int UsualFiles = 10_000;

    private static readonly byte[] s_frame = SampleFrames.Ethernet(0x88b5, [1, 2, 3, 4]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_kind_of_packet_block_is_read_in_either_byte_order(bool big)
    {
        PcapngBlocks blocks = new(big);
        List<Read> read = ReadAll([
            .. blocks.Section(), .. blocks.Interface(1, 65535, (2, "eth7"u8.ToArray()), (9, [9])),
            .. blocks.Interface(101, 60, (9, [0x8a])),
            .. blocks.Enhanced(0, 1_700_000_000_000_000_007, s_frame, 1514, (1, "first"u8.ToArray()), (2, blocks.Word(2))),
            .. blocks.Enhanced(1, (1_700_000_000UL << 10) + 512, s_frame, 18), .. blocks.Simple(s_frame),
            .. blocks.Obsolete(0, 5_000_000_001, s_frame),
            .. blocks.Block(0x0bad_cafe, [1, 2, 3, 4]), .. blocks.Statistics(0, (4, blocks.Long(9)), (5, blocks.Long(3))),
        ]);
        Assert.Equal(4, read.Count);
        Assert.Equal(new Read("eth7", 1, 1_700_000_000, 7, 18, 1514, 4, "first"), read[0]);
        Assert.Equal(new Read(null, LinkType.Raw, 1_700_000_000, 500_000_000, 18, 18, -1, ""), read[1]);
        Assert.Equal(new Read("eth7", 1, 0, 0, 18, 18, -1, ""), read[2]);
        Assert.Equal(new Read("eth7", 1, 5, 1, 18, 18, -1, ""), read[3]);
    }

    [Fact]
    public void Sections_of_either_order_follow_one_another_and_their_drops_add_up()
    {
        using TempFolder folder = new();
        PcapngBlocks little = new(false);
        PcapngBlocks big = new(true);
        File.WriteAllBytes(folder.File("two"), [
            .. big.Section(), .. big.Interface(1, 0), .. big.Enhanced(0, 1, s_frame, 18),
            .. big.Statistics(0, (5, big.Long(4)), (7, big.Long(1))),
            .. little.Section(), .. little.Interface(113, 0), .. little.Enhanced(0, 1, s_frame, 18),
            .. little.Statistics(0, (5, little.Long(2))),
        ]);
        using PcapngReader reader = new(ByteSource.Open(folder.File("two"), null));
        CapturedFrame frame = default;
        List<SavedItem> items = [];
        for (SavedItem item; (item = reader.Next(ref frame)) != SavedItem.End;)
        {
            items.Add(item);
        }

        Assert.Equal([SavedItem.Section, SavedItem.Interface, SavedItem.Frame, SavedItem.Block, SavedItem.Section,
            SavedItem.Interface, SavedItem.Frame, SavedItem.Block], items);
        Assert.Equal(7ul, reader.Dropped);
        Assert.Equal(113, reader.Origin.LinkType);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(11)]
    [InlineData(30)]
    public void A_cut_file_gives_what_is_whole_and_then_an_error(int missing)
    {
        PcapngBlocks blocks = new(true);
        byte[] whole = [.. blocks.Section(), .. blocks.Interface(1, 0), .. blocks.Enhanced(0, 1, s_frame, 18),
            .. blocks.Enhanced(0, 2, s_frame, 18)];
        List<Read> read = [];
        OperationFailedException error = Assert.Throws<OperationFailedException>(() => ReadAll(whole[..^missing], read));
        Assert.Contains("cut short", error.Message);
        Assert.Single(read);
    }

    [Fact]
    public void Blocks_that_lie_are_an_error()
    {
        PcapngBlocks blocks = new(false);
        byte[] head = [.. blocks.Section(), .. blocks.Interface(1, 0)];
        byte[] frame = blocks.Enhanced(0, 1, s_frame, 18);
        void Refused(string why, byte[] file) =>
            Assert.Contains(why, Assert.Throws<OperationFailedException>(() => ReadAll(file)).Message);

        Refused("two lengths", [.. head, .. frame[..^4], 1, 0, 0, 0]);
        Refused("interface 5", [.. head, .. blocks.Enhanced(5, 1, s_frame, 18)]);
        Refused("more than its block holds", [.. head, .. frame[..20], 0xff, 0xff, 0, 0, .. frame[24..]]);
        Refused("claims 4294967295 bytes", [.. head, 6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        Refused("interface 0", [.. blocks.Section(), .. frame]);
    }

    [Fact]
    public void Mutated_files_end_in_frames_or_in_one_error()
    {
        int files = Environment.GetEnvironmentVariable("NETTOOLS_FUZZ_FILES") is { Length: > 0 } set
            ? int.Parse(set, CultureInfo.InvariantCulture) : UsualFiles;
        byte[] seed = [.. Sample(new(true)), .. Sample(new(false))];
        using TempFolder folder = new();
        using CaptureOutput copy = new(
            new FileSettings { Path = "/dev/null", Pcapng = true, Comment = "copied", Filter = "tcp" }, [], () => [], null, null);
        copy.Open();
        Random random = new(11);
        int errors = 0;
        for (int i = 0; i < files; i++)
        {
            byte[] file = Damage(random, seed);
            File.WriteAllBytes(folder.File("f"), file);
            try
            {
                // Each frame is at least a block of 16 bytes, and reading it once more is cheap.
                Assert.True(CopyAll(folder.File("f"), copy) <= file.Length / 16);
            }
            catch (OperationFailedException)
            {
                errors++;
            }
        }

        Assert.InRange(errors, files / 20, files - files / 20);
    }

    [Fact]
    public void Every_file_that_the_fuzzer_found_of_use_is_read_to_its_end_or_an_error()
    {
        using CaptureOutput copy = new(new FileSettings { Path = "/dev/null", Pcapng = true }, [], () => [], null, null);
        copy.Open();
        int frames = 0;
        foreach (string path in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Fuzz", "corpus", "file")))
        {
            try
            {
                frames += CopyAll(path, copy);
            }
            catch (OperationFailedException)
            {
            }
        }

        Assert.InRange(frames, 6, int.MaxValue);
    }

    /// <summary>Reads a file that may be damaged and writes it again.</summary>
    /// <returns>Frames read.</returns>
    private static int CopyAll(string path, CaptureOutput copy)
    {
        using PcapngReader reader = new(ByteSource.Open(path, null));
        CapturedFrame frame = default;
        int frames = 0;
        for (SavedItem item; (item = reader.Next(ref frame)) != SavedItem.End;)
        {
            switch (item)
            {
                case SavedItem.Section:
                    copy.BeginSection(reader.Block);
                    break;
                case SavedItem.Interface:
                    copy.Begin(reader.Origin);
                    break;
                case SavedItem.Block:
                    copy.HandOn(reader.Block);
                    break;
                default:
                    copy.Add(frame);
                    frames++;
                    break;
            }
        }

        return frames;
    }

    private static byte[] Sample(PcapngBlocks blocks) =>
    [
        .. blocks.Section((1, "of the file"u8.ToArray())),
        .. blocks.Interface(1, 65535, (2, "eth7"u8.ToArray()), (9, [6]), (11, [0, 1, 2]), (14, blocks.Long(3))),
        .. blocks.Enhanced(0, 1_700_000_000_000_000, s_frame, 18, (1, "comment"u8.ToArray()), (2, blocks.Word(1))),
        .. blocks.Simple(s_frame), .. blocks.Block(0xbad, [.. blocks.Word(32473), 1, 2, 3, 4]),
        .. blocks.Interface(113, 20, (9, [0x94])), .. blocks.Obsolete(1, 77, s_frame, drops: 3),
        .. blocks.Enhanced(1, 8, s_frame, 9, (4, blocks.Long(2)), (2988, [1, 2, 3])), .. blocks.Block(0x7777, new byte[40]),
        .. blocks.Statistics(0, (5, blocks.Long(3)), (7, blocks.Long(1))),
    ];

    /// <summary>Changes single bytes, repeats or takes out a stretch of words, and cuts the end.</summary>
    private static byte[] Damage(Random random, byte[] seed)
    {
        byte[] file = [.. seed];
        if (random.Next(3) == 0)
        {
            int from = random.Next(file.Length / 4) * 4;
            int to = random.Next(file.Length / 4) * 4;
            file = [.. file[..from], .. file[to..]];
        }

        for (int changes = random.Next(0, 6); changes > 0 && file.Length > 0; changes--)
        {
            file[random.Next(file.Length)] = random.Next(3) == 0 ? (byte)0xff : (byte)random.Next(random.Next(2) == 0 ? 16 : 256);
        }

        return random.Next(2) == 0 ? file : file[..random.Next(file.Length / 2, file.Length + 1)];
    }

    private static List<Read> ReadAll(byte[] file, List<Read>? into = null)
    {
        using TempFolder folder = new();
        File.WriteAllBytes(folder.File("f"), file);
        using PcapngReader reader = new(ByteSource.Open(folder.File("f"), null));
        List<Read> read = into ?? [];
        CapturedFrame frame = default;
        for (SavedItem item; (item = reader.Next(ref frame)) != SavedItem.End;)
        {
            if (item == SavedItem.Frame)
            {
                StringBuilder comments = new();
                PcapngOptionReader options = new(frame.Options);
                while (options.Next())
                {
                    comments.Append(options.Code == PcapngFormat.Comment ? Encoding.UTF8.GetString(options.Value) : "");
                }

                read.Add(new Read(frame.Origin.Interface, frame.Origin.LinkType, frame.Seconds, frame.Nanoseconds,
                    frame.Bytes.Length, frame.Length,
                    frame.PacketType, comments.ToString()));
            }
        }

        return read;
    }

    private sealed record Read(string? Interface, int LinkType, long Seconds, uint Nanoseconds, int Captured, long Length,
        int PacketType, string Comments);
}
