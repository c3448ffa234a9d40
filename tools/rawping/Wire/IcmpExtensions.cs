using System.Buffers.Binary;
using NetTools.Packets;
using NetTools.RawPing.Trace;

namespace NetTools.RawPing.Wire;

/// <summary>
/// What a router adds to an ICMP error: RFC 4884, with the MPLS label stack of RFC 4950. All bytes are from the wire.
/// </summary>
internal static class IcmpExtensions
{
    private const int QuoteOfOldRouters = 128; // RFC 4884 5.5: extensions without a length stand behind this many bytes
    private const int HeaderLength = 4;
    private const byte Version = 2;
    private const byte MplsClass = 1;
    private const byte IncomingStack = 1;

    /// <summary>The label stack in an error, outermost first; empty when there is none or anything about it is wrong.</summary>
    /// <param name="message">The ICMP or ICMPv6 error from its type on.</param>
    /// <param name="v6">ICMPv6.</param>
    public static IReadOnlyList<MplsLabel> Labels(ReadOnlySpan<byte> message, bool v6)
    {
        if (message.Length < IcmpHeader.Length + HeaderLength)
        {
            return [];
        }

        int quoted = v6 ? message[4] * 8 : message[5] * 4;
        int start = IcmpHeader.Length + (quoted == 0 ? QuoteOfOldRouters : quoted);
        if (message.Length < start + HeaderLength)
        {
            return [];
        }

        ReadOnlySpan<byte> extension = message[start..];
        bool checksummed = BinaryPrimitives.ReadUInt16BigEndian(extension[2..]) != 0;
        if (extension[0] >> 4 != Version || (checksummed ? !InternetChecksum.IsValid(extension) : quoted == 0))
        {
            return [];
        }

        return Read(extension[HeaderLength..]);
    }

    private static List<MplsLabel> Read(ReadOnlySpan<byte> objects)
    {
        List<MplsLabel> labels = [];
        while (objects.Length >= HeaderLength)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(objects);
            if (length < HeaderLength || length > objects.Length)
            {
                break;
            }

            if (objects[2] == MplsClass && objects[3] == IncomingStack)
            {
                for (int at = HeaderLength; at + 4 <= length; at += 4)
                {
                    uint entry = BinaryPrimitives.ReadUInt32BigEndian(objects[at..]);
                    labels.Add(new MplsLabel((int)(entry >> 12), (int)(entry >> 9 & 7), (entry >> 8 & 1) != 0,
                        (int)(entry & 255)));
                }
            }

            objects = objects[length..];
        }

        return labels;
    }
}
