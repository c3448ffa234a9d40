using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>Bulk transfer from the server to us: bytes read, by the time in which they were read.</summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="option">Set on our socket before it connects; null leaves both ends to the kernel.</param>
/// <param name="afterConnect">Set it after the handshake instead.</param>
internal sealed unsafe class DownloadArm(Peer peer, string name, OptionSetting? option, bool afterConnect = false)
    : ThroughputArm(peer, name, option, afterConnect)
{
    /// <summary>
    /// For the far end's send buffer, so that ours alone bounds what is on its way; net.core.wmem_max is the ceiling.
    /// </summary>
    private const int AmpleSendBuffer = 16 << 20;

    private long _touched;
    private long _silentSince;

    /// <inheritdoc/>
    protected override bool IsSender => false;

    /// <inheritdoc/>
    protected override int BufferBytes => 256 * 1024;

    /// <inheritdoc/>
    protected override SocketOption ReadBack => SocketOption.ReceiveBuffer;

    /// <inheritdoc/>
    protected override JobRequest Request => new(JobKind.Source, 1, 1, JobRequest.MostBytes, JobRequest.LongestMs)
    {
        Options = Option is null ? [] : [new(SocketOption.SendBuffer, AmpleSendBuffer)],
    };

    /// <inheritdoc/>
    protected override long Touched => _touched;

    /// <inheritdoc/>
    protected override string SenderCongestion(JobConnection connection) => connection.Answer.Congestion;

    /// <inheritdoc/>
    protected override void Begin(int socket) => (_touched, _silentSince) = (0, Clock.Nanoseconds);

    /// <inheritdoc/>
    protected override long Move(int socket, byte* buffer, long nanoseconds, long bytes)
    {
        long begin = Clock.Nanoseconds;
        long now = begin;
        long total = 0;
        do
        {
            nint got = (nint)recv(socket, buffer, BufferBytes, 0);
            now = Clock.Nanoseconds;
            if (got > 0)
            {
                total += got;
                _silentSince = now;
            }
            else if (got == 0 || (Errno.Last is int errno && errno != EINTR && errno != EAGAIN)
                || now - _silentSince > JobConnection.SilenceMs * 1_000_000L)
            {
                throw Lost();
            }
        }
        while (now - begin < nanoseconds && (total < bytes || now - begin < LeastMeasureNs));
        _touched += total;
        return total;
    }
}
