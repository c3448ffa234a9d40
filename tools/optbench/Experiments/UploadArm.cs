using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>Bulk transfer from us to the server, each visit on a new connection; timed until the server has read the last byte.</summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="option">Set on our socket before it connects; null leaves the kernel to tune.</param>
/// <param name="writeBytes">Bytes a write.</param>
/// <param name="afterConnect">Set it after the handshake instead.</param>
internal unsafe class UploadArm(Peer peer, string name, OptionSetting? option, int writeBytes = 256 * 1024, bool afterConnect = false) : Arm(name, option?.Value)
{
    private const double WarmUpPart = 0.2;

    /// <summary>Bytes a write.</summary>
    public int WriteBytes => writeBytes;

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(RunSettings settings)
    {
        int limitMs = (int)Math.Min((settings.VisitNs / 1_000_000 * 2) + 5_000, JobRequest.LongestMs);
        JobRequest request = new(JobKind.Sink, 1, 1, (settings.VisitBytes * 4) + writeBytes, limitMs);
        using JobConnection connection = JobConnection.Open(peer, request,
            beforeConnect: socket => Set(socket, !afterConnect), afterConnect: socket => Set(socket, afterConnect));
        int descriptor = connection.Socket;
        Congestion = connection.Congestion;
        TcpInfo before = TcpInfo.Read(descriptor);
        byte* buffer = (byte*)NativeMemory.AllocZeroed((nuint)writeBytes);
        try
        {
            long cpuNs = Clock.ThreadCpuNanoseconds;
            long warmUp = Write(descriptor, buffer, (long)(settings.VisitBytes * WarmUpPart), (long)(settings.VisitNs * WarmUpPart));
            int waiting = 0;
            Errno.Check(ioctl(descriptor, TIOCOUTQ, &waiting), "reading the send queue");
            long begin = Clock.Nanoseconds;
            long written = Write(descriptor, buffer, settings.VisitBytes, settings.VisitNs);
            Effective = (option?.Option ?? SocketOption.SendBuffer).Get(descriptor);
            Errno.Check(shutdown(descriptor, SHUT_WR), "ending the transfer");
            Span<byte> answer = stackalloc byte[sizeof(long)];
            if (!Wire.Receive(descriptor, answer))
            {
                throw Lost();
            }

            long nanoseconds = Clock.Nanoseconds - begin;
            AfterTransfer(descriptor);
            cpuNs = Clock.ThreadCpuNanoseconds - cpuNs;
            Tcp = (before, TcpInfo.Read(descriptor));
            JobReport far = connection.Inquire();
            FarTcp = (far.Before, far.After);
            Cost = (Cost ?? default) + new CpuCost(cpuNs, warmUp + written, far.CpuNs, far.Bytes, Tcp.Value.After.Retransmits);
            // What the server had by the time the clock started does not count; what was on its way then does.
            long bytes = BinaryPrimitives.ReadInt64BigEndian(answer) - (warmUp - waiting);
            return new[] { bytes * 1e3 / nanoseconds };
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    /// <summary>Writes once, blocking. Does not allocate.</summary>
    /// <returns>The bytes taken, or -1 with errno.</returns>
    protected virtual nint WriteOnce(int socket, byte* buffer, int count) => (nint)send(socket, buffer, count, MSG_NOSIGNAL);

    /// <summary>Does what remains to be done for the bytes after the far end has them all; its CPU time counts.</summary>
    protected virtual void AfterTransfer(int socket)
    {
    }

    /// <summary>What to throw when the far end is gone.</summary>
    protected PeerLostException Lost() => new($"measuring {Name}");

    private void Set(int socket, bool now)
    {
        if (now && option is OptionSetting setting)
        {
            setting.Option.Set(socket, setting.Value);
        }
    }

    private long Write(int descriptor, byte* buffer, long bytes, long nanoseconds)
    {
        long begin = Clock.Nanoseconds;
        long total = 0;
        while (total < bytes && Clock.Nanoseconds - begin < nanoseconds)
        {
            nint sent = WriteOnce(descriptor, buffer, writeBytes);
            if (sent < 0 && Errno.Last != EINTR)
            {
                throw Lost();
            }

            total += Math.Max(sent, 0);
        }

        return total;
    }
}
