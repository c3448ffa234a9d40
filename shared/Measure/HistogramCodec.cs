using System.Buffers.Binary;
using System.IO.Compression;

namespace NetTools.Measure;

/// <summary>
/// HdrHistogram's compressed form, version 2: the counts of the buckets, runs of empty ones as one negative number, as ZigZag
/// LEB128 behind a head of 40 bytes, all that compressed by zlib behind a head of 8. (The library's own decoder needs
/// reflection.)
/// </summary>
internal static class HistogramCodec
{
    private const int Cookie = 0x1c849313;
    private const int CompressedCookie = 0x1c849314;
    private const int HeadSize = 40;
    private const int CompressedHeadSize = 8;
    private const int LongestPayload = 1 << 24;
    private const int MostDigits = 5;

    /// <summary>Writes a histogram.</summary>
    /// <param name="values">A value of each bucket that is not empty and its count, ascending.</param>
    /// <param name="digits">Significant decimal digits of the buckets; the lowest value is 1.</param>
    /// <param name="highest">The highest value it can hold.</param>
    public static byte[] Compress(IEnumerable<(long Value, long Count)> values, int digits, long highest)
    {
        Buckets buckets = new(digits, 0);
        using MemoryStream payload = new();
        long next = 0;
        foreach ((long value, long count) in values)
        {
            long empty = buckets.IndexOf(value) - next;
            if (empty > 0)
            {
                Write(payload, empty == 1 ? 0 : -empty);
            }

            Write(payload, count);
            next += Math.Max(empty, 0) + 1;
        }

        Span<byte> head = stackalloc byte[HeadSize];
        BinaryPrimitives.WriteInt32BigEndian(head, Cookie);
        BinaryPrimitives.WriteInt32BigEndian(head[4..], (int)payload.Length);
        BinaryPrimitives.WriteInt32BigEndian(head[8..], 0); // normalizing offset
        BinaryPrimitives.WriteInt32BigEndian(head[12..], digits);
        BinaryPrimitives.WriteInt64BigEndian(head[16..], 1);
        BinaryPrimitives.WriteInt64BigEndian(head[24..], highest);
        BinaryPrimitives.WriteDoubleBigEndian(head[32..], 1);
        using MemoryStream compressed = new();
        using (ZLibStream zlib = new(compressed, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(head);
            zlib.Write(payload.GetBuffer(), 0, (int)payload.Length);
        }

        byte[] result = new byte[CompressedHeadSize + compressed.Length];
        BinaryPrimitives.WriteInt32BigEndian(result, CompressedCookie);
        BinaryPrimitives.WriteInt32BigEndian(result.AsSpan(4), (int)compressed.Length);
        compressed.GetBuffer().AsSpan(0, (int)compressed.Length).CopyTo(result.AsSpan(CompressedHeadSize));
        return result;
    }

    /// <summary>Reads a histogram of any number of digits and any lowest value.</summary>
    /// <returns>The highest value of each bucket that is not empty and its count, ascending.</returns>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<(long Value, long Count)> Decompress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < CompressedHeadSize || BinaryPrimitives.ReadInt32BigEndian(bytes) != CompressedCookie)
        {
            throw new FormatException("not a compressed HdrHistogram of version 2");
        }

        byte[] plain = Inflate(bytes[CompressedHeadSize..].ToArray());
        int digits = plain.Length < HeadSize ? -1 : BinaryPrimitives.ReadInt32BigEndian(plain.AsSpan(12));
        long lowest = plain.Length < HeadSize ? 0 : BinaryPrimitives.ReadInt64BigEndian(plain.AsSpan(16));
        if (digits is < 0 or > MostDigits || lowest < 1 || BinaryPrimitives.ReadInt32BigEndian(plain) != Cookie
            || BinaryPrimitives.ReadInt32BigEndian(plain.AsSpan(8)) != 0)
        {
            throw new FormatException("not an HdrHistogram of version 2");
        }

        Buckets buckets = new(digits, long.Log2(lowest) is long magnitude ? (int)magnitude : 0);
        List<(long, long)> values = [];
        long index = 0;
        for (int at = HeadSize; at < plain.Length;)
        {
            long count = Read(plain, ref at);
            if (count > 0)
            {
                values.Add((buckets.HighestOf(index), count));
            }

            index += count < 0 ? -count : 1;
            if (index is < 0 or > int.MaxValue)
            {
                throw new FormatException("an HdrHistogram of too many buckets");
            }
        }

        return values;
    }

    private static byte[] Inflate(byte[] bytes)
    {
        try
        {
            using ZLibStream zlib = new(new MemoryStream(bytes), CompressionMode.Decompress);
            using MemoryStream plain = new();
            byte[] piece = new byte[65536];
            for (int got; (got = zlib.Read(piece)) > 0 && plain.Length <= LongestPayload;)
            {
                plain.Write(piece, 0, got);
            }

            return plain.Length <= LongestPayload ? plain.ToArray() : throw new FormatException("a histogram beyond any size");
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new FormatException("not compressed by zlib");
        }
    }

    // ZigZag LEB128-64b9B: seven bits a byte, but all eight of the ninth.
    private static void Write(MemoryStream bytes, long value)
    {
        ulong left = (ulong)((value << 1) ^ (value >> 63));
        for (int i = 0; i < 8 && left > 0x7f; i++)
        {
            bytes.WriteByte((byte)(left | 0x80));
            left >>= 7;
        }

        bytes.WriteByte((byte)left);
    }

    private static long Read(byte[] bytes, ref int at)
    {
        ulong value = 0;
        for (int i = 0; i < 9; i++)
        {
            byte part = at < bytes.Length ? bytes[at++] : throw new FormatException("a histogram that is cut off");
            value |= (ulong)(i < 8 ? part & 0x7f : part) << (7 * i);
            if (part < 0x80)
            {
                break;
            }
        }

        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Which values share a bucket.</summary>
    private readonly struct Buckets(int digits, int unitMagnitude)
    {
        // Half as many buckets as resolve a factor of two with that many digits; a power of two.
        private readonly int _halfMagnitude = Math.Max((int)Math.Ceiling(Math.Log2(2 * Math.Pow(10, digits))), 1) - 1;

        public long IndexOf(long value)
        {
            long mask = ((2L << _halfMagnitude) - 1) << unitMagnitude;
            int bucket = 64 - unitMagnitude - _halfMagnitude - 1 - (int)long.LeadingZeroCount(value | mask);
            return ((long)bucket << _halfMagnitude) + (value >> (bucket + unitMagnitude));
        }

        public long HighestOf(long index)
        {
            int bucket = Math.Max((int)(index >> _halfMagnitude) - 1, 0);
            long part = index - ((long)bucket << _halfMagnitude);
            int shift = Math.Min(bucket + unitMagnitude, 62);
            return ((part + 1) << shift) - 1;
        }
    }
}
