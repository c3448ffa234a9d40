using System.Runtime.InteropServices;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>Bulk transfer from the server to us, each visit on a new connection: the window scale is fixed in its SYN.</summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="option">Set on our socket before it connects; null leaves the kernel to tune.</param>
/// <param name="afterConnect">Set it after the handshake instead.</param>
/// <param name="rampUp">When the clock starts; null for after a fixed part of the visit, long enough on a short round trip.</param>
internal sealed unsafe class BulkArm(Peer peer, string name, OptionSetting? option, bool afterConnect = false, RampUp? rampUp = null) : Arm(name, option?.Value)
{
    private const int ReadBytes = 256 * 1024;
    private const double WarmUpPart = 0.2;

    /// <summary>Bytes moved in the measured parts of all visits, warm-up block included.</summary>
    public long BytesMoved { get; private set; }

    /// <summary>True when a visit ended by the clock before it had moved its share of bytes.</summary>
    public bool CutByTime { get; private set; }

    /// <inheritdoc/>
    protected override bool IsSender => false;

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(RunSettings settings)
    {
        long rampUpMs = (rampUp?.LongestNs ?? 0) / 1_000_000;
        int limitMs = (int)Math.Min((settings.VisitNs / 1_000_000 * 2) + rampUpMs + 2_000, JobRequest.LongestMs);
        JobRequest request = new(JobKind.Source, 1, 1, settings.VisitBytes * (rampUp is null ? 2 : 10), limitMs);
        using JobConnection connection = JobConnection.Open(peer, request,
            beforeConnect: socket => Set(socket, !afterConnect), afterConnect: socket => Set(socket, afterConnect));
        Congestion = connection.Answer.Congestion;
        TcpInfo before = TcpInfo.Read(connection.Socket);
        long cpuNs = Clock.ThreadCpuNanoseconds;
        byte* buffer = (byte*)NativeMemory.Alloc(ReadBytes);
        try
        {
            // The first part fills the windows; it is not counted.
            long warmUp = rampUp is null
                ? Read(connection.Socket, buffer, (long)(settings.VisitBytes * WarmUpPart), (long)(settings.VisitNs * WarmUpPart)).Bytes
                : Await(rampUp, connection.Socket, buffer);
            (long bytes, long nanoseconds) = Read(connection.Socket, buffer, settings.VisitBytes, settings.VisitNs);
            cpuNs = Clock.ThreadCpuNanoseconds - cpuNs;
            Effective = SocketOption.ReceiveBuffer.Get(connection.Socket);
            Tcp = (before, TcpInfo.Read(connection.Socket));
            if (warmUp == 0 || bytes == 0)
            {
                throw new PeerLostException($"measuring {Name}");
            }

            JobReport far = connection.Inquire();
            FarTcp = (far.Before, far.After);
            Cost = (Cost ?? default) + new CpuCost(cpuNs, warmUp + bytes, far.CpuNs, far.Bytes, far.After.Retransmits);
            BytesMoved += bytes;
            CutByTime |= bytes < settings.VisitBytes;
            return new[] { bytes * 1e3 / nanoseconds };
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private static long Await(RampUp rampUp, int socket, byte* buffer)
    {
        Span<double> latest = stackalloc double[RampUp.Slices];
        latest.Clear();
        long begin = Clock.Nanoseconds;
        long total = 0;
        for (int slice = 0; !RampUp.IsOver(latest) && Clock.Nanoseconds - begin < rampUp.LongestNs; slice++)
        {
            (long bytes, long nanoseconds) = Read(socket, buffer, long.MaxValue, rampUp.SliceNs);
            if (bytes == 0)
            {
                break;
            }

            total += bytes;
            latest[slice % RampUp.Slices] = bytes * (double)rampUp.SliceNs / nanoseconds;
        }

        return total;
    }

    private void Set(int socket, bool now)
    {
        if (now && option is OptionSetting setting)
        {
            setting.Option.Set(socket, setting.Value);
        }
    }

    /// <summary>Reads until so many bytes came, so much time passed, or the far end stopped. Allocates nothing.</summary>
    private static (long Bytes, long Nanoseconds) Read(int socket, byte* buffer, long bytes, long nanoseconds)
    {
        long begin = Clock.Nanoseconds;
        long now = begin;
        long total = 0;
        while (total < bytes && now - begin < nanoseconds)
        {
            nint got = (nint)recv(socket, buffer, ReadBytes, 0);
            if (got == 0 || (got < 0 && Errno.Last != EINTR))
            {
                break;
            }

            total += Math.Max(got, 0);
            now = Clock.Nanoseconds;
        }

        return (total, now - begin);
    }
}
