using NetTools.Measure;
using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>A header and a body written in one of the styles, then a byte of reply awaited.</summary>
internal sealed unsafe class CorkArm : Arm
{
    public const int HeaderBytes = 100;
    public const int BodyBytes = 1000;
    private const int MaximumSamples = 200;
    private const int WarmUp = 5;

    private readonly JobConnection _connection;
    private readonly CorkStyle _style;
    private readonly double[] _visit = new double[MaximumSamples];
    private readonly TcpInfo _before;
    private long _messages;

    /// <summary>Opens the connection.</summary>
    public CorkArm(Peer peer, string name, CorkStyle style)
        : base(name, null)
    {
        _style = style;
        _connection = JobConnection.Open(peer, new(JobKind.Echo, HeaderBytes + BodyBytes, 1, 0, JobRequest.LongestMs), afterConnect: socket =>
        {
            SocketOption.NoDelay.Set(socket, style == CorkStyle.NoDelay);
            SocketOption.Cork.Set(socket, style == CorkStyle.Held);
        });
        _before = TcpInfo.Read(_connection.Socket);
    }

    /// <summary>Data segments sent for each message so far; the request of the job counts as none.</summary>
    public double SegmentsPerMessage =>
        (double)(TcpInfo.Read(_connection.Socket).DataSegmentsOut - _before.DataSegmentsOut) / _messages;

    /// <inheritdoc/>
    public override void Finish()
    {
        JobReport far = _connection.Inquire();
        FarTcp = (far.Before, far.After);
        Congestion = _connection.Congestion;
    }

    /// <inheritdoc/>
    public override void Dispose() => _connection.Dispose();

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(RunSettings settings)
    {
        long begin = Clock.Nanoseconds;
        Run(_visit.AsSpan(0, WarmUp), begin + (settings.VisitNs / 4));
        int done = Run(_visit, begin + settings.VisitNs);
        Tcp = (_before, TcpInfo.Read(_connection.Socket));
        return _visit.AsSpan(0, done);
    }

    private int Run(Span<double> microseconds, long deadline)
    {
        byte* message = stackalloc byte[HeaderBytes + BodyBytes];
        new Span<byte>(message, HeaderBytes + BodyBytes).Clear();
        byte reply;
        int done = 0;
        long begin = Clock.Nanoseconds;
        do
        {
            if (!Write(message) || !Wire.Receive(_connection.Socket, &reply, 1))
            {
                throw new PeerLostException($"measuring {Name}");
            }

            long end = Clock.Nanoseconds;
            microseconds[done++] = (end - begin) / 1e3;
            begin = end;
        }
        while (done < microseconds.Length && begin < deadline);
        _messages += done;
        return done;
    }

    private bool Write(byte* message)
    {
        int socket = _connection.Socket;
        switch (_style)
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
