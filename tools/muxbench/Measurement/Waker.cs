using NetTools.Libc;
using NetTools.MuxBench.Descriptors;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.MuxBench.Measurement;

/// <summary>A thread, on another CPU where there is one, that writes to a descriptor some time after it was asked to.</summary>
internal sealed unsafe class Waker : IDisposable
{
    private const int End = -1;

    private readonly Descriptor _requests = Descriptor.Open(LibC.eventfd(0, LibC.EFD_CLOEXEC), "creating an eventfd");
    private readonly Thread _thread;
    private readonly int _cpu;
    private readonly bool _ownTable;
    private WatchedPart? _part;
    private int _index;
    private long _delay;
    private long _writtenAt;

    /// <summary>Starts the thread.</summary>
    /// <param name="cpu">Where it runs.</param>
    /// <param name="ownTable">
    /// Whether it leaves the caller alone with its descriptor table; what it writes to must be open by now.
    /// </param>
    public Waker(int cpu, bool ownTable)
    {
        _cpu = cpu;
        _ownTable = ownTable;
        _thread = new Thread(Work) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>When the last write began, on <see cref="Clock"/>.</summary>
    public long WrittenAt => Volatile.Read(ref _writtenAt);

    /// <summary>Asks for a write after a delay in nanoseconds, in which the caller goes to wait.</summary>
    public void Request(WatchedPart part, int index, long delay)
    {
        _part = part;
        _delay = delay;
        Volatile.Write(ref _index, index);
        ulong one = 1;
        Errno.Check((long)LibC.write(_requests.Value, &one, sizeof(ulong)), "asking for a wake-up");
    }

    public void Dispose()
    {
        Request(_part!, End, 0);
        _thread.Join();
        _requests.Dispose();
    }

    private void Work()
    {
        CallingThread.PinTo(_cpu);
        if (_ownTable)
        {
            CallingThread.UnshareDescriptors();
        }

        while (true)
        {
            ulong requests;
            if ((long)LibC.read(_requests.Value, &requests, sizeof(ulong)) < 0)
            {
                continue; // a signal
            }

            int index = Volatile.Read(ref _index);
            if (index == End)
            {
                return;
            }

            timespec delay = TimeUnits.Timespec(_delay);
            _ = Linux.clock_nanosleep(Linux.CLOCK_MONOTONIC, 0, &delay, null);
            Volatile.Write(ref _writtenAt, Clock.Nanoseconds);
            _part!.Write(index);
        }
    }
}
