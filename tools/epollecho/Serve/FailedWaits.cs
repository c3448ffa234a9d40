using NetTools.Libc;
using NetTools.Os;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Waits of a server that fail: epoll_wait(2), poll(2). Each is counted and made again after a pause, for one refused call must
/// not end a server; after too many in a row there is no hope.
/// </summary>
/// <param name="waiting">What the server does meanwhile, for the error line: <c>waiting for events</c>.</param>
internal unsafe struct FailedWaits(string waiting)
{
    private const int Most = 100;

    private int _inARow;

    /// <summary>A wait did not fail.</summary>
    public void Clear() => _inARow = 0;

    /// <summary>Counts a wait that failed, and pauses.</summary>
    /// <param name="errno">Why it failed; EINTR is not a failure.</param>
    /// <param name="counters">Where it is counted.</param>
    /// <param name="pauseMs">How long the pause is, milliseconds.</param>
    /// <exception cref="LibcException">Too many have failed in a row.</exception>
    public void Add(int errno, Counters* counters, int pauseMs)
    {
        if (++_inARow > Most)
        {
            throw new LibcException(waiting, errno);
        }

        counters->Error(errno);
        Linux.poll(null, 0, pauseMs);
    }
}
