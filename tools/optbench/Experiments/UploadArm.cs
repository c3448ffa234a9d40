using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>
/// Bulk transfer from us to the server: bytes that its end has acknowledged (tcpi_bytes_acked, tcp(7)), by the time in which it
/// did. What still waits in the send buffer plays no part, and need not be waited for.
/// </summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="option">Set on our socket before it connects; null leaves the kernel to tune.</param>
/// <param name="writeBytes">Bytes a write.</param>
/// <param name="afterConnect">Set it after the handshake instead.</param>
internal unsafe class UploadArm(
    Peer peer, string name, OptionSetting? option, int writeBytes = 256 * 1024, bool afterConnect = false)
    : ThroughputArm(peer, name, option, afterConnect)
{
    private long _acknowledged;
    private long _touched;
    private long _silentSince;

    /// <summary>Bytes a write.</summary>
    public int WriteBytes => writeBytes;

    /// <inheritdoc/>
    protected override int BufferBytes => writeBytes;

    /// <inheritdoc/>
    protected override SocketOption ReadBack => Option?.Option ?? SocketOption.SendBuffer;

    /// <inheritdoc/>
    protected override JobRequest Request => new(JobKind.Sink, 1, 1, JobRequest.MostBytes, JobRequest.LongestMs);

    /// <inheritdoc/>
    protected override long Touched => _touched;

    /// <inheritdoc/>
    protected override string SenderCongestion(JobConnection connection) => connection.Congestion;

    /// <inheritdoc/>
    protected override void Begin(int socket) =>
        (_acknowledged, _touched, _silentSince) = ((long)TcpInfo.Read(socket).BytesAcked, 0, Clock.Nanoseconds);

    /// <summary>Writes once, blocking for <see cref="ThroughputArm.LongestCallMs"/> at most. Does not allocate.</summary>
    /// <returns>The bytes taken, 0 when there was no room; or -1 with errno, EAGAIN too when there was no room.</returns>
    protected virtual nint WriteOnce(int socket, byte* buffer, int count) => (nint)send(socket, buffer, count, MSG_NOSIGNAL);

    /// <inheritdoc/>
    protected override long Move(int socket, byte* buffer, long nanoseconds, long bytes)
    {
        long begin = Clock.Nanoseconds;
        long now = begin;
        long total = 0;
        do
        {
            nint sent = WriteOnce(socket, buffer, writeBytes);
            now = Clock.Nanoseconds;
            if (sent < 0 && Errno.Last is int errno && errno != EINTR && errno != EAGAIN)
            {
                throw Lost();
            }

            total += Math.Max(sent, 0);
        }
        while (now - begin < nanoseconds && (total < bytes || now - begin < LeastMeasureNs));
        _touched += total;
        long acknowledged = (long)TcpInfo.Read(socket).BytesAcked;
        long arrived = acknowledged - _acknowledged;
        _acknowledged = acknowledged;
        if (arrived > 0)
        {
            _silentSince = now;
        }
        else if (now - _silentSince > JobConnection.SilenceMs * 1_000_000L)
        {
            throw Lost();
        }

        return arrived;
    }
}
