using System.Buffers.Binary;
using System.IO.Compression;

namespace NetTools.Tests.EpollEcho;

/// <summary>Reads HdrHistogram's compressed form, version 2, by its description and by no code of the tools.</summary>
internal static class HdrLog
{
    private const int HeadLength = 40;

    /// <summary>The counts of a histogram, by bucket; runs of empty buckets are left out.</summary>
    public static IEnumerable<long> Counts(string base64)
    {
        byte[] outer = Convert.FromBase64String(base64);
        Check(BinaryPrimitives.ReadInt32BigEndian(outer), 0x1c849304);
        int length = BinaryPrimitives.ReadInt32BigEndian(outer.AsSpan(4));
        using ZLibStream packed = new(new MemoryStream(outer, 8, length), CompressionMode.Decompress);
        using MemoryStream whole = new();
        packed.CopyTo(whole);
        byte[] inner = whole.ToArray();
        Check(BinaryPrimitives.ReadInt32BigEndian(inner), 0x1c849303);
        Check(BinaryPrimitives.ReadInt32BigEndian(inner.AsSpan(4)) + HeadLength, inner.Length);
        List<long> counts = [];
        for (int at = HeadLength; at < inner.Length;)
        {
            ulong zigzag = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte part = inner[at++];
                zigzag |= (ulong)(shift == 56 ? part : part & 127) << shift; // the ninth byte has eight bits
                if (shift == 56 || part < 128)
                {
                    break;
                }
            }

            long value = (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
            if (value > 0)
            {
                counts.Add(value);
            }
        }

        return counts;
    }

    private static void Check(int found, int expected)
    {
        const int WordSizeBits = 0xf0; // the low byte's high half says how wide a count may be
        if ((found & ~WordSizeBits) != (expected & ~WordSizeBits))
        {
            throw new FormatException($"{found:x} is not {expected:x}");
        }
    }
}
