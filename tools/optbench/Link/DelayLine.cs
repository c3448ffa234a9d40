using NetTools.Libc;
using NetTools.Measure;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Link;

/// <summary>Moves packets between two descriptors, each when it is due. One loop, two directions, nothing allocated.</summary>
internal sealed unsafe class DelayLine(int a, int b, Direction forth, Direction back)
{
    private const int Burst = 64;
    private const int PacketBytes = 65536;
    private const long Never = long.MaxValue;

    /// <summary>Packets that the far kernel did not take.</summary>
    public long Refused { get; private set; }

    /// <summary>Runs until the descriptor becomes readable.</summary>
    public void Run(int stop)
    {
        // The default slack of 50 us would be a part of every packet's delay.
        Linux.prctl(Linux.PR_SET_TIMERSLACK, 1, 0, 0, 0);
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
            timespec time = new() { tv_sec = sleep / 1_000_000_000, tv_nsec = (long_t)(sleep % 1_000_000_000) };
            if (ppoll(wait, 3, sleep == Never ? null : &time, null) < 0)
            {
                wait[2].revents = 0; // EINTR
            }
        }
    }

    private static long Due(Direction direction) => direction.IsEmpty ? Never : direction.FirstDue;

    private void Deliver(Direction queue, int to)
    {
        for (int i = 0; i < Burst && !queue.IsEmpty && queue.FirstDue <= Clock.Nanoseconds; i++)
        {
            ReadOnlySpan<byte> packet = queue.First;
            fixed (byte* start = packet)
            {
                if ((nint)write(to, start, packet.Length) < 0)
                {
                    Refused++;
                }
            }

            queue.RemoveFirst();
        }
    }

    /// <summary>Reads what is there, a burst at most; true when there may be more.</summary>
    private static bool TakeIn(int from, Direction direction)
    {
        byte* packet = stackalloc byte[PacketBytes];
        for (int i = 0; i < Burst; i++)
        {
            nint length = (nint)read(from, packet, PacketBytes);
            if (length <= 0)
            {
                return false; // EAGAIN
            }

            direction.Accept(new ReadOnlySpan<byte>(packet, (int)length), Clock.Nanoseconds);
        }

        return true;
    }
}
