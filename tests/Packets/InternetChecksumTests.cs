using Bogus;
using NetTools.Packets;
using Xunit;
using Xunit.Abstractions;

namespace NetTools.Tests.Packets;

public class InternetChecksumTests(ITestOutputHelper log)
{
    [Fact]
    public void The_example_of_rfc1071()
    {
        byte[] bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]; // section 3: the sum is ddf2
        Assert.Equal(0xffff - 0xddf2, InternetChecksum.Compute(bytes));
    }

    [Theory]
    [InlineData("", 0xffff)]
    [InlineData("00", 0xffff)]
    [InlineData("01", 0xfeff)]
    [InlineData("ffff", 0x0000)]
    [InlineData("ffffffff", 0x0000)]
    [InlineData("4500003044224000800600008c7c19acae241e2b", 0x442e)] // the IPv4 header often shown in textbooks
    [InlineData("0800000012340001", 0xe5ca)]
    public void Known_vectors(string hex, int expected) =>
        Assert.Equal(expected, InternetChecksum.Compute(Convert.FromHexString(hex)));

    [Fact]
    public void Pieces_and_lengths_agree_with_the_definition()
    {
        const int seed = 1071;
        log.WriteLine($"seed {seed}");
        Randomizer random = new(seed);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = random.Bytes(random.Int(0, 200));
            if (random.Bool(0.2f))
            {
                Array.Fill(bytes, (byte)0xff); // as many carries as can be
            }

            int cut = random.Int(0, bytes.Length) & ~1;
            ulong sum = InternetChecksum.Add(InternetChecksum.Add(0, bytes.AsSpan(0, cut)), bytes.AsSpan(cut));
            Assert.Equal(Definition(bytes), InternetChecksum.Compute(bytes));
            Assert.Equal(Definition(bytes), InternetChecksum.Finish(sum));
        }
    }

    [Fact]
    public void Storing_the_checksum_makes_the_bytes_valid_and_a_changed_bit_invalid()
    {
        Randomizer random = new(791);
        for (int i = 0; i < 1_000; i++)
        {
            byte[] bytes = random.Bytes(random.Int(4, 100));
            bytes[2] = bytes[3] = 0;
            ushort checksum = InternetChecksum.Compute(bytes);
            bytes[2] = (byte)(checksum >> 8);
            bytes[3] = (byte)checksum;
            Assert.True(InternetChecksum.IsValid(bytes));
            bytes[random.Int(0, bytes.Length - 1)] ^= (byte)(1 << random.Int(0, 7));
            Assert.False(InternetChecksum.IsValid(bytes));
        }
    }

    [Fact]
    public void The_pseudo_header_is_added_word_by_word()
    {
        byte[] source = [10, 0, 0, 1];
        byte[] destination = [10, 0, 0, 2];
        byte[] v4 = [10, 0, 0, 1, 10, 0, 0, 2, 0, 17, 0, 12];
        Assert.Equal(
            InternetChecksum.Compute(v4),
            InternetChecksum.Finish(InternetChecksum.AddPseudoHeader(0, source, destination, 17, 12)));
    }

    private static ushort Definition(byte[] bytes)
    {
        uint sum = 0;
        for (int i = 0; i < bytes.Length; i += 2)
        {
            sum += (uint)(bytes[i] << 8 | (i + 1 < bytes.Length ? bytes[i + 1] : 0));
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }
}
