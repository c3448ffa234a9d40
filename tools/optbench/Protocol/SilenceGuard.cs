using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Protocol;

/// <summary>
/// Ends a conversation whose peer says nothing, in place of SO_RCVTIMEO (socket(7)). With that the kernel arms and disarms a
/// timer at each read that waits, which timed exchanges would pay for; this looks at the connection from outside, and only when
/// it can have been silent for too long.
/// </summary>
internal sealed class SilenceGuard : IDisposable
{
    private readonly Lock _lock = new();
    private readonly int _socket;
    private readonly int _silenceMs;
    private readonly long _begin = Clock.Nanoseconds;
    private readonly long _deadline;
    private readonly Timer _timer;
    private bool _over;

    /// <summary>Takes the socket's receive timeout away and watches instead.</summary>
    /// <param name="socket">A connected TCP socket, open for as long as this lives.</param>
    /// <param name="silenceMs">
    /// How long its peer may be silent; the receive timeout again when this ends. Both ways are then shut.
    /// </param>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>: when both ways are shut in any case.</param>
    public SilenceGuard(int socket, int silenceMs, long deadline = long.MaxValue)
    {
        _socket = socket;
        _silenceMs = silenceMs;
        _deadline = deadline;
        Wire.SetReceiveTimeout(socket, 0);
        _timer = new Timer(_ => Look());
        Look();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _over = true; // the number of the socket may soon be another's
        }

        _timer.Dispose();
        Wire.SetReceiveTimeout(_socket, _silenceMs);
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_over)
            {
                return;
            }

            long now = Clock.Nanoseconds;
            long silentMs = Math.Min((now - _begin) / TimeUnits.Millisecond, TcpInfo.ReadSilence(_socket));
            if (now >= _deadline || silentMs >= _silenceMs)
            {
                _ = shutdown(_socket, SHUT_RDWR);
                return;
            }

            _timer.Change(Math.Min(_silenceMs - silentMs, ((_deadline - now) / TimeUnits.Millisecond) + 1), Timeout.Infinite);
        }
    }
}
