using System.Buffers.Binary;
using NetTools.Sockets;

namespace NetTools.OptBench.Protocol;

/// <summary>What a server says of one of its jobs, running or just ended: its own half of the story. Numbers in network order.</summary>
/// <param name="Bytes">Payload it has moved.</param>
/// <param name="CpuNs">CPU time its thread has used for that, nanoseconds.</param>
/// <param name="Before">TCP_INFO at its end when the job began.</param>
/// <param name="After">TCP_INFO at its end now.</param>
internal sealed record JobReport(long Bytes, long CpuNs, TcpInfo Before, TcpInfo After)
{
    public const int Size = 8 + (2 * sizeof(long)) + (2 * TcpBytes);
    private const uint Magic = 0x4f505452; // OPTR
    private const int TcpFields = 19;
    private const int TcpBytes = TcpFields * sizeof(ulong);
    private const int TcpAt = 24;

    /// <summary>Writes the message.</summary>
    /// <param name="to"><see cref="Size"/> bytes.</param>
    public void Write(Span<byte> to)
    {
        to.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(to, Magic);
        BinaryPrimitives.WriteInt64BigEndian(to[8..], Bytes);
        BinaryPrimitives.WriteInt64BigEndian(to[16..], CpuNs);
        WriteTcp(to[TcpAt..], Before);
        WriteTcp(to[(TcpAt + TcpBytes)..], After);
    }

    /// <summary>Reads the message, or gives null for something an optbench server does not say.</summary>
    /// <param name="from"><see cref="Size"/> bytes from anybody.</param>
    public static JobReport? TryRead(ReadOnlySpan<byte> from)
    {
        if (from.Length != Size || BinaryPrimitives.ReadUInt32BigEndian(from) != Magic)
        {
            return null;
        }

        long bytes = BinaryPrimitives.ReadInt64BigEndian(from[8..]);
        long cpuNs = BinaryPrimitives.ReadInt64BigEndian(from[16..]);
        return bytes >= 0 && cpuNs >= 0 ? new(bytes, cpuNs, ReadTcp(from[TcpAt..]), ReadTcp(from[(TcpAt + TcpBytes)..])) : null;
    }

    private static void WriteTcp(Span<byte> to, in TcpInfo info)
    {
        ReadOnlySpan<ulong> fields =
        [
            info.RttUs, info.MinRttUs, info.Cwnd, info.SendMss, info.Retransmits, info.DeliveryRate, (ulong)info.SendWindowScale,
            (ulong)info.ReceiveWindowScale, info.SendWindow, info.ReceiveWindow, info.SegmentsOut, info.SegmentsIn, info.DataSegmentsOut,
            info.DataSegmentsIn, info.BytesAcked, info.BytesReceived, info.BusyUs, info.ReceiveWindowLimitedUs, info.SendBufferLimitedUs,
        ];
        for (int i = 0; i < fields.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(to[(i * sizeof(ulong))..], fields[i]);
        }
    }

    private static TcpInfo ReadTcp(ReadOnlySpan<byte> from)
    {
        Span<ulong> field = stackalloc ulong[TcpFields];
        for (int i = 0; i < TcpFields; i++)
        {
            field[i] = BinaryPrimitives.ReadUInt64BigEndian(from[(i * sizeof(ulong))..]);
        }

        return new((uint)field[0], (uint)field[1], (uint)field[2], (uint)field[3], (uint)field[4], field[5], (int)(field[6] & 0xf),
            (int)(field[7] & 0xf), (uint)field[8], (uint)field[9], (uint)field[10], (uint)field[11], (uint)field[12], (uint)field[13],
            field[14], field[15], field[16], field[17], field[18]);
    }
}
