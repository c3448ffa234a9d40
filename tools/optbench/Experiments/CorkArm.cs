using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>A header and a body written in one of the styles, then a byte of reply awaited.</summary>
internal sealed unsafe class CorkArm(Peer peer, string name, CorkStyle style)
    : ConversationArm(name, null, deadline => Open(peer, style, deadline), MaximumSamples, WarmUp)
{
    public const int HeaderBytes = 100;
    public const int BodyBytes = 1000;
    private const int MaximumSamples = 200;
    private const int WarmUp = 5;

    private long _messages;
    private long _segments;

    /// <summary>Data segments sent for each message; the handshake of the job is left out. NaN before the first visit.</summary>
    public double SegmentsPerMessage => (double)_segments / _messages;

    /// <inheritdoc/>
    protected override void Measured(in TcpInfo before, in TcpInfo after) =>
        _segments += after.DataSegmentsOut - before.DataSegmentsOut;

    /// <inheritdoc/>
    protected override int Run(Span<double> microseconds, long deadline)
    {
        byte* message = stackalloc byte[HeaderBytes + BodyBytes];
        new Span<byte>(message, HeaderBytes + BodyBytes).Clear();
        byte reply;
        int done = 0;
        long begin = Clock.Nanoseconds;
        do
        {
            if (!Write(message) || !Wire.Receive(Connection.Socket, &reply, 1))
            {
                throw Lost();
            }

            long end = Clock.Nanoseconds;
            microseconds[done++] = (end - begin) / 1e3;
            begin = end;
        }
        while (done < microseconds.Length && begin < deadline);
        _messages += done;
        return done;
    }

    private static JobConnection Open(Peer peer, CorkStyle style, long deadline) =>
        JobConnection.Open(peer, new(JobKind.Echo, HeaderBytes + BodyBytes, 1, 0, JobRequest.LongestMs), afterConnect: socket =>
        {
            SocketOption.NoDelay.Set(socket, style == CorkStyle.NoDelay);
            SocketOption.Cork.Set(socket, style == CorkStyle.Held);
        }, deadline: deadline);

    private bool Write(byte* message)
    {
        int socket = Connection.Socket;
        switch (style)
        {
            case CorkStyle.OneWrite:
                return Wire.Send(socket, message, HeaderBytes + BodyBytes);
            case CorkStyle.More:
                return (nint)send(socket, message, HeaderBytes, MSG_NOSIGNAL | MSG_MORE) == HeaderBytes
                    && Wire.Send(socket, message + HeaderBytes, BodyBytes);
            case CorkStyle.Cork:
                return SocketOption.Cork.TrySet(socket, 1) && WriteTwice(socket, message) && SocketOption.Cork.TrySet(socket, 0);
            default:
                return WriteTwice(socket, message);
        }
    }

    private static bool WriteTwice(int socket, byte* message) =>
        Wire.Send(socket, message, HeaderBytes) && Wire.Send(socket, message + HeaderBytes, BodyBytes);
}
