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
        PcapngBlocks big = new(true);
        PcapngBlocks little = new(false);
        byte[] seed =
        [
            .. big.Section(), .. big.Interface(1, 65535, (2, "eth7"u8.ToArray()), (9, [6]), (14, big.Long(3))),
            .. big.Enhanced(0, 1_700_000_000_000_000, s_frame, 18, (1, "comment"u8.ToArray()), (2, big.Word(1))),
            .. big.Simple(s_frame),
            .. big.Statistics(0, (5, big.Long(3))), .. little.Section(), .. little.Interface(113, 20, (9, [0x94])),
            .. little.Obsolete(0, 77, s_frame), .. little.Enhanced(0, 8, s_frame, 9, (2988, [1, 2, 3])),
        ];
        Random random = new(11);
        int errors = 0;
        for (int i = 0; i < 1500; i++)
        {
            byte[] file = [.. seed];
            for (int changes = random.Next(1, 6); changes > 0; changes--)
            {
                file[random.Next(file.Length)] = (byte)(random.Next(3) == 0 ? 0xff : random.Next(256));
            }

            try
            {
                Assert.True(ReadAll(file[..random.Next(file.Length / 2, file.Length + 1)]).Count <= 100);
            }
            catch (OperationFailedException)
            {
                errors++;
            }
        }

        Assert.InRange(errors, 100, 1499);
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
