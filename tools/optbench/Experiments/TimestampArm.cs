using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Experiments;

/// <summary>UDP datagrams to ourselves over loopback: how long each lay in the socket, by the kernel's receive time.</summary>
internal sealed unsafe class TimestampArm : Arm
{
    private const int SamplesPerVisit = 200;
    private const int WarmUp = 10;
    private const int LeastSamples = 8;
    private const long TypicalNs = 20_000;
    private const int ControlBytes = 256;
    private const long ReceivePatienceNs = TimeUnits.Second;

    private readonly Descriptor _receiver;
    private readonly Descriptor _sender;
    private readonly SocketAddress _address;
    private readonly int _type;
    private readonly bool _microseconds;
    private readonly long _busyNs;
    private readonly double[] _visit = new double[SamplesPerVisit];

    /// <summary>Opens the sockets.</summary>
    /// <param name="name"><c>option=value</c>.</param>
    /// <param name="option">SO_TIMESTAMP, SO_TIMESTAMPNS or SO_TIMESTAMPING.</param>
    /// <param name="value">What to set it to.</param>
    /// <param name="busyUs">Microseconds the program does something else before it reads.</param>
    public TimestampArm(string name, SocketOption option, int value, int busyUs)
        : base(name, value)
    {
        _busyNs = busyUs * 1000L;
        _type = option.Number; // SCM_TIMESTAMP and its kin are defined as the options' numbers
        _microseconds = option == SocketOption.Timestamp;
        _receiver = Listener.OpenUdp(SocketAddress.From(System.Net.IPAddress.Loopback, 0), socket => option.Set(socket, value),
            out _address);
        _sender = Descriptor.Open(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "creating a socket");
        Effective = option.Get(_receiver.Value);

        // The kernel begins to stamp a moment after the first socket has asked for it.
        long deadline = Clock.Nanoseconds + ReceivePatienceNs;
        while (double.IsNaN(Once()) && Clock.Nanoseconds < deadline)
        {
            Thread.Sleep(1);
        }
    }

    /// <inheritdoc/>
    public override long LeastMeasureNs => LeastSamples * (_busyNs + TypicalNs);

    /// <inheritdoc/>
    public override void Dispose()
    {
        _receiver.Dispose();
        _sender.Dispose();
    }

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(VisitPlan plan, out bool steady)
    {
        steady = true;
        for (int i = 0; i < WarmUp; i++)
        {
            Once();
        }

        int done = 0;
        long begin = Clock.Nanoseconds;
        long deadline = begin + plan.MeasureNs;
        do
        {
            double waited = Once();
            _visit[done++] = !double.IsNaN(waited) ? waited
                : throw new OperationFailedException($"the kernel gave no receive time for {Name}");
        }
        while (done < _visit.Length && Clock.Nanoseconds < deadline);
        MeasuredNs = Clock.Nanoseconds - begin;
        return _visit.AsSpan(0, done);
    }

    /// <summary>Sends, is busy, reads; the microseconds from the kernel's receive time to ours, NaN when it gave none.</summary>
    private double Once()
    {
        SocketAddress to = _address;
        byte data = 1;
        Errno.Check((long)sendto(_sender.Value, &data, 1, 0, SocketAddress.Pointer(ref to), to.Length), "sending a datagram");
        for (long until = Clock.Nanoseconds + _busyNs; Clock.Nanoseconds < until;)
        {
        }

        byte* control = stackalloc byte[ControlBytes];
        iovec part = new() { iov_base = &data, iov_len = 1 };
        msghdr message = new() { msg_iov = &part, msg_iovlen = 1, msg_control = control, msg_controllen = ControlBytes };
        while ((nint)recvmsg(_receiver.Value, &message, 0) < 0)
        {
            pollfd wait = new() { fd = _receiver.Value, events = POLLIN }; // a loaded kernel delivers later than the send returns
            if (Errno.Last != EAGAIN || poll(&wait, 1, 1000) == 0)
            {
                throw new LibcException("reading a datagram", Errno.Last);
            }
        }

        timespec now;
        _ = Linux.clock_gettime(Linux.CLOCK_REALTIME, &now); // the clock of the kernel's stamps
        for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != null; header = CMSG_NXTHDR(&message, header))
        {
            if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == _type)
            {
                long* time = (long*)CMSG_DATA(header); // of SO_TIMESTAMPING's three times the first is the software's
                long stamp = (time[0] * TimeUnits.Second) + (time[1] * (_microseconds ? TimeUnits.Microsecond : 1));
                return TimeUnits.Microseconds(TimeUnits.Nanoseconds(now) - stamp);
            }
        }

        return double.NaN;
    }
}
