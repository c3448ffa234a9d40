using System.Buffers.Binary;
using NetTools.Packets;

namespace NetTools.RawPing.Wire;

/// <summary>What a timestamp or mask reply says besides that it came.</summary>
/// <param name="Originate">Our time as it came back, ms since midnight UT; or the mask.</param>
/// <param name="Receive">When the host had the request, by its clock.</param>
/// <param name="Transmit">When it sent the reply.</param>
/// <param name="IsMask">A mask in the first, and nothing else.</param>
internal readonly record struct RemoteAnswer(uint Originate, uint Receive, uint Transmit, bool IsMask)
{
    /// <summary>Reads it from an ICMP message that was judged a reply; null when the reply is an echo.</summary>
    public static RemoteAnswer? Read(ReadOnlySpan<byte> message) => message switch
    {
        [IcmpType.TimestampReply, ..] when message.Length >= 20 => new RemoteAnswer(
            BinaryPrimitives.ReadUInt32BigEndian(message[8..]), BinaryPrimitives.ReadUInt32BigEndian(message[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(message[16..]), IsMask: false),
        [IcmpType.MaskReply, ..] when message.Length >= 12 =>
            new RemoteAnswer(BinaryPrimitives.ReadUInt32BigEndian(message[8..]), 0, 0, IsMask: true),
        _ => null,
    };
}
