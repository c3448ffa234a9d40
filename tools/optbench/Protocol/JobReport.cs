using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetTools.Sockets;

namespace NetTools.OptBench.Protocol;

/// <summary>What a server reports of one of its jobs, running or just ended. Numbers in network order.</summary>
/// <param name="Bytes">Payload it has moved.</param>
/// <param name="CpuNs">CPU time its thread has used for that, nanoseconds.</param>
/// <param name="Before">TCP_INFO at its end when the job began.</param>
/// <param name="After">TCP_INFO at its end now.</param>
internal sealed record JobReport(long Bytes, long CpuNs, TcpInfo Before, TcpInfo After)
{
    public static readonly int Size = TcpAt + (2 * Unsafe.SizeOf<TcpFields>());
    private const uint Magic = 0x4f505452; // OPTR
    private static readonly int TcpBytes = Unsafe.SizeOf<TcpFields>();
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
        TcpFields fields = new()
        {
            RttUs = info.RttUs,
            MinRttUs = info.MinRttUs,
            Cwnd = info.Cwnd,
            SendMss = info.SendMss,
            Retransmits = info.Retransmits,
            DeliveryRate = info.DeliveryRate,
            SendWindowScale = (ulong)info.SendWindowScale,
            ReceiveWindowScale = (ulong)info.ReceiveWindowScale,
            SendWindow = info.SendWindow,
            ReceiveWindow = info.ReceiveWindow,
            SegmentsOut = info.SegmentsOut,
            SegmentsIn = info.SegmentsIn,
            DataSegmentsOut = info.DataSegmentsOut,
            DataSegmentsIn = info.DataSegmentsIn,
            BytesAcked = info.BytesAcked,
            BytesReceived = info.BytesReceived,
            BusyUs = info.BusyUs,
            ReceiveWindowLimitedUs = info.ReceiveWindowLimitedUs,
            SendBufferLimitedUs = info.SendBufferLimitedUs,
        };
        ToNetworkOrder(ref fields);
        MemoryMarshal.Write(to, fields);
    }

    private static TcpInfo ReadTcp(ReadOnlySpan<byte> from)
    {
        TcpFields fields = MemoryMarshal.Read<TcpFields>(from);
        ToNetworkOrder(ref fields);
        const int ScaleMask = 0xf;
        return new(
            RttUs: (uint)fields.RttUs,
            MinRttUs: (uint)fields.MinRttUs,
            Cwnd: (uint)fields.Cwnd,
            SendMss: (uint)fields.SendMss,
            Retransmits: (uint)fields.Retransmits,
            DeliveryRate: fields.DeliveryRate,
            SendWindowScale: (int)(fields.SendWindowScale & ScaleMask),
            ReceiveWindowScale: (int)(fields.ReceiveWindowScale & ScaleMask),
            SendWindow: (uint)fields.SendWindow,
            ReceiveWindow: (uint)fields.ReceiveWindow,
            SegmentsOut: (uint)fields.SegmentsOut,
            SegmentsIn: (uint)fields.SegmentsIn,
            DataSegmentsOut: (uint)fields.DataSegmentsOut,
            DataSegmentsIn: (uint)fields.DataSegmentsIn,
            BytesAcked: fields.BytesAcked,
            BytesReceived: fields.BytesReceived,
            BusyUs: fields.BusyUs,
            ReceiveWindowLimitedUs: fields.ReceiveWindowLimitedUs,
            SendBufferLimitedUs: fields.SendBufferLimitedUs);
    }

    /// <summary>Every field has eight bytes; turns each over where this machine is little-endian. The same back.</summary>
    private static void ToNetworkOrder(ref TcpFields fields)
    {
        Span<ulong> words = MemoryMarshal.Cast<TcpFields, ulong>(MemoryMarshal.CreateSpan(ref fields, 1));
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    /// <summary><see cref="TcpInfo"/> on the wire: these fields, in this order, eight bytes each.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = sizeof(ulong))]
    private struct TcpFields
    {
        public ulong RttUs;
        public ulong MinRttUs;
        public ulong Cwnd;
        public ulong SendMss;
        public ulong Retransmits;
        public ulong DeliveryRate;
        public ulong SendWindowScale;
        public ulong ReceiveWindowScale;
        public ulong SendWindow;
        public ulong ReceiveWindow;
        public ulong SegmentsOut;
        public ulong SegmentsIn;
        public ulong DataSegmentsOut;
        public ulong DataSegmentsIn;
        public ulong BytesAcked;
        public ulong BytesReceived;
        public ulong BusyUs;
        public ulong ReceiveWindowLimitedUs;
        public ulong SendBufferLimitedUs;
    }
}
