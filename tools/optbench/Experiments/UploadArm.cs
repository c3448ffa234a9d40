using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>Bulk transfer from us to the server, each visit on a new connection; timed until the server has read the last byte.</summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="option">Set on our socket before it connects; null leaves the kernel to tune.</param>
internal sealed unsafe class UploadArm(Peer peer, string name, OptionSetting? option) : Arm(name, option?.Value)
{
    private const int WriteBytes = 256 * 1024;
    private const double WarmUpPart = 0.2;

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(RunSettings settings)
    {
        int limitMs = (int)Math.Min((settings.VisitNs / 1_000_000 * 2) + 5_000, JobRequest.LongestMs);
        JobRequest request = new(JobKind.Sink, 1, 1, settings.VisitBytes * 4, limitMs);
        using JobConnection connection = JobConnection.Open(peer, request, beforeConnect: socket => option?.Option.Set(socket, option.Value.Value));
        int descriptor = connection.Socket;
        Congestion = connection.Congestion;
        TcpInfo before = TcpInfo.Read(descriptor);
        byte* buffer = (byte*)NativeMemory.AllocZeroed(WriteBytes);
        try
        {
            long warmUp = Write(descriptor, buffer, (long)(settings.VisitBytes * WarmUpPart), (long)(settings.VisitNs * WarmUpPart));
            int waiting = 0;
            Errno.Check(ioctl(descriptor, TIOCOUTQ, &waiting), "reading the send queue");
            long begin = Clock.Nanoseconds;
            Write(descriptor, buffer, settings.VisitBytes, settings.VisitNs);
            Effective = SocketOption.SendBuffer.Get(descriptor);
            shutdown(descriptor, SHUT_WR);
            Span<byte> answer = stackalloc byte[sizeof(long)];
            if (!Wire.Receive(descriptor, answer))
            {
                throw new PeerLostException($"measuring {Name}");
            }

            long nanoseconds = Clock.Nanoseconds - begin;
            Tcp = (before, TcpInfo.Read(descriptor));
            // What the server had by the time the clock started does not count; what was on its way then does.
            long bytes = BinaryPrimitives.ReadInt64BigEndian(answer) - (warmUp - waiting);
            return new[] { bytes * 1e3 / nanoseconds };
        }
        finally
        {
            NativeMemory.Free(buffer);
        }
    }

    private long Write(int descriptor, byte* buffer, long bytes, long nanoseconds)
    {
        long begin = Clock.Nanoseconds;
        long total = 0;
        while (total < bytes && Clock.Nanoseconds - begin < nanoseconds)
        {
            nint sent = (nint)send(descriptor, buffer, WriteBytes, MSG_NOSIGNAL);
            if (sent < 0 && Errno.Last != EINTR)
            {
                throw new PeerLostException($"measuring {Name}");
            }

            total += Math.Max(sent, 0);
        }

        return total;
    }
}
