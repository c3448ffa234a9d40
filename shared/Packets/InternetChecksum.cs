using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace NetTools.Packets;

/// <summary>The 16-bit one's complement sum of RFC 1071, used by IPv4, ICMP, TCP and UDP.</summary>
/// <remarks>
/// A sum is kept unfolded in 64 bits and in the machine's byte order, which RFC 1071 section 2 allows; only
/// <see cref="Finish"/> folds, swaps and complements. Any number of pieces may be added, each but the last of even length.
/// </remarks>
public static class InternetChecksum
{
    /// <summary>The checksum of one piece: what belongs in the checksum field when that field held zero.</summary>
    /// <returns>The value in host order: store it big-endian.</returns>
    public static ushort Compute(ReadOnlySpan<byte> bytes) => Finish(Add(0, bytes));

    /// <summary>True when bytes that include their checksum field add up.</summary>
    public static bool IsValid(ReadOnlySpan<byte> bytes) => Compute(bytes) == 0;

    /// <summary>Adds a piece to a sum; an odd last byte counts as if a zero byte followed.</summary>
    /// <param name="sum">0, or what an earlier call returned.</param>
    /// <param name="bytes">The piece; of even length unless it is the last.</param>
    public static ulong Add(ulong sum, ReadOnlySpan<byte> bytes)
    {
        // Halves of 32 bits in lanes of 64: no carry to see to before two thousand million pieces.
        Vector128<ulong> lanes = Vector128<ulong>.Zero;
        while (bytes.Length >= Vector128<byte>.Count)
        {
            (Vector128<ulong> lower, Vector128<ulong> upper) = Vector128.Widen(Vector128.Create(bytes).AsUInt32());
            lanes += lower + upper;
            bytes = bytes[Vector128<byte>.Count..];
        }

        sum = AddWithCarry(AddWithCarry(sum, lanes[0]), lanes[1]);
        if (bytes.Length >= 8)
        {
            sum = AddWithCarry(sum, BitConverter.ToUInt64(bytes));
            bytes = bytes[8..];
        }

        if (bytes.Length > 0)
        {
            Span<byte> last = stackalloc byte[8];
            last.Clear();
            bytes.CopyTo(last);
            sum = AddWithCarry(sum, BitConverter.ToUInt64(last));
        }

        return sum;
    }

    /// <summary>
    /// Adds the pseudo header that ICMPv6, TCP and UDP put before their own bytes (RFC 8200 8.1, RFC 9293 3.1).
    /// </summary>
    /// <param name="sum">0, or what an earlier call returned.</param>
    /// <param name="source">4 or 16 bytes.</param>
    /// <param name="destination">As many bytes as the source; for IPv6 the final one when there is a routing header.</param>
    /// <param name="protocol">The upper layer's number: IPPROTO_ICMPV6 and so on.</param>
    /// <param name="length">The bytes of the upper layer, header included.</param>
    public static ulong AddPseudoHeader(
        ulong sum, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, byte protocol, int length)
    {
        // IPv4 has 16 bits for the length and IPv6 32; the sum of the words is the same.
        Span<byte> tail = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(tail, length);
        BinaryPrimitives.WriteInt32BigEndian(tail[4..], protocol);
        return Add(Add(Add(sum, source), destination), tail);
    }

    /// <summary>Folds a sum to 16 bits and complements it.</summary>
    /// <returns>The value in host order: store it big-endian.</returns>
    public static ushort Finish(ulong sum)
    {
        sum = (sum >> 32) + (sum & 0xffff_ffff);
        sum = (sum >> 16 & 0xffff) + (sum & 0xffff) + (sum >> 32);
        sum = (sum >> 16) + (sum & 0xffff);
        sum = (sum >> 16) + (sum & 0xffff);
        ushort folded = (ushort)~sum;
        return BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(folded) : folded;
    }

    /// <summary>
    /// Changes a checksum by what changed in the bytes it covers: RFC 1624. A wrong one stays wrong by as much.
    /// </summary>
    /// <param name="field">The checksum's own two bytes.</param>
    /// <param name="before">Bytes it covers as they were, of even length.</param>
    /// <param name="after">The same bytes as they are now.</param>
    public static void Update(Span<byte> field, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        Span<byte> rest = stackalloc byte[4];
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)~BinaryPrimitives.ReadUInt16BigEndian(field));
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], Compute(before)); // the complement of their sum takes it away
        BinaryPrimitives.WriteUInt16BigEndian(field, Finish(Add(Add(0, after), rest)));
    }

    private static ulong AddWithCarry(ulong a, ulong b)
    {
        ulong sum = a + b;
        return sum + (sum < b ? 1UL : 0UL);
    }
}
