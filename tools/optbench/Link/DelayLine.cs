using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Link;

/// <summary>Moves frames between two descriptors, each when it is due. One loop, two directions, nothing allocated.</summary>
internal sealed unsafe class DelayLine(int a, int b, Direction forth, Direction back)
{
    /// <summary>
    /// What is done in one direction before the other has its turn: bounded, because a superframe takes the kernel about 20 us.
    /// </summary>
    private const int BurstFrames = 64;
    private const int BurstBytes = 256 << 10;
    private const int FrameBytes = (64 << 10) + 256; // a superframe and what stands before it
    private const long Never = long.MaxValue;

    // Not on the stack: a method would clear it at each call.
    private readonly byte[] _frame = GC.AllocateUninitializedArray<byte>(FrameBytes, pinned: true);

    /// <summary>Frames that the far kernel did not take.</summary>
    public long Refused { get; private set; }

    /// <summary>Runs until the descriptor becomes readable.</summary>
    public void Run(int stop)
    {
        pollfd* wait = stackalloc pollfd[3];
        wait[0] = new pollfd { fd = a, events = POLLIN };
        wait[1] = new pollfd { fd = b, events = POLLIN };
        wait[2] = new pollfd { fd = stop, events = POLLIN };
        while (wait[2].revents == 0)
        {
            Deliver(forth, b);
            Deliver(back, a);
            bool more = TakeIn(a, forth) | TakeIn(b, back);
            long due = Math.Min(Due(forth), Due(back));
            long sleep = more ? 0 : due == Never ? Never : Math.Max(0, due - Clock.Nanoseconds);
            timespec time = TimeUnits.Timespec(sleep);
            if (ppoll(wait, 3, sleep == Never ? null : &time, null) < 0)
            {
                wait[2].revents = 0; // EINTR
            }
        }
    }

    private static long Due(Direction direction) => direction.IsEmpty ? Never : direction.FirstDue;

    private void Deliver(Direction queue, int to)
    {
        int bytes = 0;
        for (int i = 0; i < BurstFrames && bytes < BurstBytes && !queue.IsEmpty && queue.FirstDue <= Clock.Nanoseconds; i++)
        {
            ReadOnlySpan<byte> frame = queue.First;
            bytes += frame.Length;
            fixed (byte* start = frame)
            {
                if ((nint)write(to, start, frame.Length) < 0)
                {
                    Refused++;
                }
            }

            queue.RemoveFirst();
        }
    }

    /// <summary>Reads what is there, a burst at most; true when there may be more.</summary>
    private bool TakeIn(int from, Direction direction)
    {
        int bytes = 0;
        fixed (byte* frame = _frame)
        {
            for (int i = 0; i < BurstFrames && bytes < BurstBytes; i++)
            {
                nint length = (nint)read(from, frame, FrameBytes);
                if (length < Frame.OffloadBytes)
                {
                    return false; // EAGAIN
                }

                bytes += (int)length;
                direction.Accept(new ReadOnlySpan<byte>(frame, (int)length), Clock.Nanoseconds);
            }
        }

        return true;
    }
}
