using NetTools.Libc;
using NetTools.Os;

namespace NetTools.RawPing.Kernel;

/// <summary>Wakes a poll at absolute times, so that intervals do not drift: timerfd_create(2).</summary>
internal sealed unsafe class ScheduleTimer : IDisposable
{
    private readonly Descriptor _timer = Descriptor.Open(
        Linux.timerfd_create(Linux.CLOCK_MONOTONIC, Linux.TFD_NONBLOCK | Linux.TFD_CLOEXEC), "creating a timer");

    private long _armed = long.MaxValue;

    /// <summary>Readable once the time has come.</summary>
    public int FileDescriptor => _timer.Value;

    /// <summary>Sets the time of the next wake-up.</summary>
    /// <param name="time">CLOCK_MONOTONIC ns; <see cref="long.MaxValue"/> for never. The past wakes at once.</param>
    public void Arm(long time)
    {
        if (time == _armed)
        {
            return;
        }

        long at = time == long.MaxValue ? 0 : Math.Max(time, 1); // zero would disarm
        itimerspec spec = default;
        spec.it_value = TimeUnits.Timespec(at);
        Errno.Check(Linux.timerfd_settime(_timer.Value, Linux.TFD_TIMER_ABSTIME, &spec, null), "setting a timer");
        _armed = time;
    }

    /// <summary>Notes that it fired. It stays readable until it is armed again, which saves reading it.</summary>
    public void Fired() => _armed = long.MinValue;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
