using NetTools.Measure;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Measure;

public class HistogramCodecTests
{
    [Fact]
    public void What_was_compressed_comes_back_to_the_resolution() => Seeded.Run(random =>
    {
        LatencyHistogram sent = new();
        for (int i = 0; i < 20_000; i++)
        {
            sent.Record(random.Long(1, random.Bool() ? 5_000_000 : 100_000_000_000));
        }

        Assert.Equal(sent.Count, HistogramCodec.Decompress(sent.Compress()).Sum(value => value.Count));
        LatencyHistogram got = new();
        got.AddCompressed(sent.Compress());
        Assert.Equal(sent.Count, got.Count);
        for (double percent = 0; percent <= 99.9; percent += 0.3)
        {
            Assert.Equal(sent.Percentile(percent), got.Percentile(percent));
        }
    });

    [Fact]
    public void The_form_is_that_of_other_libraries()
    {
        LatencyHistogram histogram = new();
        histogram.Record(1);
        histogram.Record(3, 5); // one empty bucket between
        byte[] bytes = histogram.Compress();
        Assert.StartsWith("HISTF", Convert.ToBase64String(bytes)); // as every log of version 2
        Assert.Equal([(1, 1), (3, 5)], HistogramCodec.Decompress(bytes));
    }

    [Fact]
    public void Buckets_of_other_digits_are_read()
    {
        byte[] bytes = HistogramCodec.Compress([(1, 2), (100, 3), (1_000_000, 4)], 2, 1L << 40);
        IReadOnlyList<(long Value, long Count)> values = HistogramCodec.Decompress(bytes);
        Assert.Equal([2, 3, 4], values.Select(value => value.Count));
        Assert.InRange(values[2].Value, 1_000_000, 1_010_000);
    }

    [Fact]
    public void Damaged_histograms_are_refused_and_nothing_else_happens() => Seeded.Run(random =>
    {
        LatencyHistogram histogram = new();
        histogram.Record(1000, 7);
        histogram.Record(50_000);
        byte[] whole = histogram.Compress();
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = [.. whole.AsSpan(0, random.Int(0, whole.Length))];
            if (bytes.Length > 0)
            {
                bytes[random.Int(0, bytes.Length - 1)] ^= (byte)random.Int(0, 255);
            }

            try
            {
                HistogramCodec.Decompress(bytes);
            }
            catch (FormatException)
            {
                // as it should be
            }
        }
    });
}
