using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.OptBench.Experiments;

/// <summary>Datagrams at a rate from us to the far end, each visit a job of its own; what arrives is measured.</summary>
/// <param name="peer">The far end.</param>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="bitsPerSecond">Payload sent; null for as fast as the socket takes it.</param>
internal sealed unsafe class UdpArm(Peer peer, string name, long? bitsPerSecond) : Arm(name, bitsPerSecond)
{
    /// <summary>Payload of a datagram, bytes: fits any path of the MTU that tunnels leave.</summary>
    public const int PayloadBytes = 1400;

    private const long LeastNs = 50_000_000;
    private const long TimedNs = 400_000_000; // worth the quiet that the far end waits for after each visit
    private const long SleepFromNs = 60_000; // a shorter sleep takes longer than it says
    private const int SendBuffer = 1 << 20;
    private const int ReportMs = 10_000;

    private readonly double _spacingNs = bitsPerSecond is long bits ? PayloadBytes * 8e9 / bits : 0; // 0 for no rate
    private readonly List<double> _jitterUs = [];

    /// <summary>Datagrams that were sent in all visits, the warm-up included.</summary>
    public long Sent { get; private set; }

    /// <summary>Datagrams that the socket did not take: its buffer was full when they were due.</summary>
    public long Refused { get; private set; }

    /// <summary>What the far end saw in all visits; the jitter is the last one's.</summary>
    public UdpReport Seen { get; private set; }

    /// <summary>Interarrival jitter of each visit, microseconds.</summary>
    public IReadOnlyList<double> JitterUs => _jitterUs;

    /// <inheritdoc/>
    public override long LeastMeasureNs => TimedNs;

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(VisitPlan plan, out bool steady)
    {
        using JobConnection control = JobConnection.Open(peer,
            new JobRequest(JobKind.Datagrams, 1, 1, JobRequest.MostBytes, JobRequest.LongestMs),
            deadline: plan.Deadline);
        SocketAddress to = SocketAddress.From(peer.Address.Address, control.Answer.Effective[0]);
        using Descriptor socket = Descriptor.Open(
            Tmds.Linux.LibC.socket(to.Family, SOCK_DGRAM | SOCK_CLOEXEC, 0), "creating a UDP socket");
        SocketOption.SendBuffer.TrySet(socket.Value, SendBuffer);
        Errno.Check(connect(socket.Value, SocketAddress.Pointer(ref to), to.Length), $"connecting to {to}");
        long begin = Clock.Nanoseconds;
        long sendNs = Math.Min(Math.Max(plan.MeasureNs, LeastNs), Math.Max(plan.Deadline - begin, TimeUnits.Millisecond));
        (long sent, long refused) = Send(socket.Value, control.Answer.Job, sendNs, plan.MeasureBytes);
        MeasuredNs = Clock.Nanoseconds - begin;

        long leftMs = (plan.Deadline - Clock.Nanoseconds) / TimeUnits.Millisecond;
        Wire.SetTimeout(control.Socket, (int)Math.Clamp(leftMs, 1, ReportMs));
        Span<byte> message = stackalloc byte[UdpReport.Size];
        if (!Wire.Send(control.Socket, message[..1]) || !Wire.Receive(control.Socket, message)
            || UdpReport.TryRead(message) is not UdpReport seen)
        {
            throw Clock.Nanoseconds >= plan.Deadline ? new TimeSpentException($"measuring {Name}")
                : new PeerLostException($"measuring {Name}");
        }

        (Sent, Refused) = (Sent + sent, Refused + refused);
        Seen = new(Seen.Received + seen.Received, Seen.Bytes + seen.Bytes, Seen.Duplicates + seen.Duplicates,
            Seen.Reordered + seen.Reordered, Seen.Dropped + seen.Dropped, seen.JitterNs, Seen.SpanNs + seen.SpanNs);
        if (seen.Received > 1)
        {
            _jitterUs.Add(seen.JitterNs / 1e3);
        }

        steady = true;
        // Each datagram stands for its turn; what a queue still held when the last was sent took longer.
        double nanoseconds = Math.Max(Math.Max(seen.SpanNs, MeasuredNs), (sent + refused) * _spacingNs);
        return new[] { seen.Bytes * 1e3 / nanoseconds };
    }

    /// <summary>Sends each datagram when it is due. Allocates nothing.</summary>
    private (long Sent, long Refused) Send(int socket, ulong job, long nanoseconds, long bytes)
    {
        byte* buffer = stackalloc byte[PayloadBytes];
        Span<byte> datagram = new(buffer, PayloadBytes);
        datagram.Clear();
        long begin = Clock.Nanoseconds;
        (long turn, long sent, long refused) = (0, 0, 0);
        while (true)
        {
            long now = Clock.Nanoseconds;
            long due = _spacingNs > 0 ? begin + (long)(turn * _spacingNs) : now;
            if (due - begin >= nanoseconds || (sent * PayloadBytes >= bytes && now - begin >= LeastNs))
            {
                return (sent, refused);
            }

            if (due - now > SleepFromNs)
            {
                timespec time = new() { tv_sec = 0, tv_nsec = (long_t)Math.Min(due - now, 999_999_999) };
                _ = ppoll(null, 0, &time, null);
                continue;
            }

            if (due > now)
            {
                continue;
            }

            new Datagram(job, sent, now).Write(datagram);
            // Without a rate the socket may make us wait; with one a datagram that finds no room is one not sent in time.
            nint taken = (nint)send(socket, buffer, PayloadBytes, MSG_NOSIGNAL | (_spacingNs > 0 ? MSG_DONTWAIT : 0));
            if (taken < 0 && Errno.Last is int errno && errno != EAGAIN && errno != ENOBUFS && errno != EINTR
                && errno != ECONNREFUSED)
            {
                throw new LibcException($"sending datagrams for {Name}", errno);
            }

            (sent, refused, turn) = taken < 0 ? (sent, refused + 1, turn + 1) : (sent + 1, refused, turn + 1);
        }
    }
}
