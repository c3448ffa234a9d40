using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Client;

/// <summary>A connection to the server on which one job runs. Blocking, because the times are those of blocking calls.</summary>
internal sealed class JobConnection : IDisposable
{
    /// <summary>How long the server may be silent, milliseconds.</summary>
    public const int SilenceMs = 10_000;

    private static readonly string[] s_controls = CongestionControls.ReadAvailable();

    private readonly Descriptor _socket;
    private readonly Peer _peer;

    private JobConnection(Peer peer, Descriptor socket, JobAnswer answer, string congestion)
    {
        _peer = peer;
        _socket = socket;
        Answer = answer;
        Congestion = congestion;
    }

    /// <summary>The raw descriptor, for the timed loops.</summary>
    public int Socket => _socket.Value;

    /// <summary>What the server made of the request.</summary>
    public JobAnswer Answer { get; }

    /// <summary>The congestion control in effect at our end.</summary>
    public string Congestion { get; }

    /// <summary>Connects, sends the request, reads the answer.</summary>
    /// <param name="peer">The server.</param>
    /// <param name="request">The job; the peer's congestion control is added to it.</param>
    /// <param name="beforeConnect">Sets what must stand before the handshake, or null.</param>
    /// <param name="afterConnect">Sets the rest, or null.</param>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>: when it gives up, however long the silence was.</param>
    /// <exception cref="OperationFailedException">No connection, or the server refused the job.</exception>
    /// <exception cref="OptionRefusedException">It could not set an option that the job needs.</exception>
    /// <exception cref="PeerLostException">It did not answer, or accepted the connection and then said nothing.</exception>
    /// <exception cref="TimeSpentException">The deadline came first.</exception>
    public static unsafe JobConnection Open(Peer peer, JobRequest request, Action<int>? beforeConnect = null,
        Action<int>? afterConnect = null, long deadline = long.MaxValue)
    {
        SocketAddress address = peer.Address;
        long begin = Clock.Nanoseconds;
        Descriptor socket = Descriptor.Open(
            Tmds.Linux.LibC.socket(address.Family, SOCK_STREAM | SOCK_CLOEXEC, 0), "creating a socket");
        try
        {
            Wire.SetTimeout(socket.Value, Patience(deadline));
            // another name would make the kernel load a module for us
            if (s_controls.Length == 0 || s_controls.Contains(peer.Congestion))
            {
                SocketOptions.TrySetCongestion(socket.Value, peer.Congestion); // what is in effect is read back and printed
            }

            beforeConnect?.Invoke(socket.Value);
            int result;
            do
            {
                result = connect(socket.Value, SocketAddress.Pointer(ref address), address.Length);
            }
            while (result < 0 && Errno.Last == EINTR);
            if (result < 0 && Errno.Last == EINPROGRESS) // SO_SNDTIMEO is over: socket(7)
            {
                throw Silent($"connecting to {address}", deadline, begin);
            }

            Errno.Check(result, $"connecting to {address}", "start the far end with: optbench server");
            afterConnect?.Invoke(socket.Value);

            Span<byte> reply = stackalloc byte[JobAnswer.Size];
            if (!Ask(socket.Value, peer, request, reply, deadline))
            {
                throw Silent($"asking {address} for a job", deadline, begin);
            }

            Wire.SetTimeout(socket.Value, SilenceMs);

            JobAnswer answer = JobAnswer.TryRead(reply)
                ?? throw new OperationFailedException($"{address} does not answer like an optbench server", "is the port right?");
            Refuse(address, request, answer);
            return new JobConnection(peer, socket, answer, SocketOptions.GetCongestion(socket.Value));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Asks the server, on another connection, what it has done for this job so far, and for TCP_INFO of its end.
    /// </summary>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>: when it gives up.</param>
    /// <exception cref="PeerLostException">It does not answer.</exception>
    /// <exception cref="TimeSpentException">The deadline came first.</exception>
    public JobReport Inquire(long deadline = long.MaxValue)
    {
        using JobConnection inquiry = Open(_peer, new JobRequest(JobKind.Inquire, 1, 1, 0, 1) { Job = Answer.Job },
            deadline: deadline);
        Wire.SetTimeout(inquiry.Socket, Patience(deadline));
        Span<byte> report = stackalloc byte[JobReport.Size];
        return Wire.Receive(inquiry.Socket, report) && JobReport.TryRead(report) is JobReport read ? read
            : throw new PeerLostException($"asking {_peer.Address} about a job");
    }

    /// <summary>As <see cref="Inquire"/>, but null where the far end does not answer: what it saw is unknown then.</summary>
    public JobReport? TryInquire(long deadline = long.MaxValue)
    {
        try
        {
            return Inquire(deadline);
        }
        catch (Exception e) when (e is PeerLostException or TimeSpentException or OperationFailedException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>
    /// What one call may wait: the silence allowed, or less where the deadline is nearer, milliseconds. The kernel's timers of
    /// sockets may come an eighth late, so an eighth is taken off.
    /// </summary>
    private static int Patience(long deadline) => deadline == long.MaxValue ? SilenceMs
        : (int)Math.Clamp((deadline - Clock.Nanoseconds) / TimeUnits.Millisecond * 8 / 9, 1, SilenceMs);

    private static Exception Silent(string doing, long deadline, long since)
    {
        long waitedMs = (Clock.Nanoseconds - since) / TimeUnits.Millisecond;
        return deadline == long.MaxValue || waitedMs >= SilenceMs ? new PeerLostException(doing)
            : new TimeSpentException(doing, waitedMs);
    }

    /// <summary>Greets, proves the token, sends the request; false when the server is gone.</summary>
    /// <param name="socket">Connected.</param>
    /// <param name="peer">Its token.</param>
    /// <param name="request">The job.</param>
    /// <param name="reply">Receives the answer.</param>
    /// <param name="deadline">When it gives up.</param>
    private static bool Ask(int socket, Peer peer, JobRequest request, Span<byte> reply, long deadline)
    {
        Span<byte> ours = stackalloc byte[TokenProof.NonceBytes];
        Span<byte> theirs = stackalloc byte[TokenProof.NonceBytes];
        Span<byte> message = stackalloc byte[Handshake.RequestBytes];
        TokenProof.FillNonce(ours);
        Wire.SetTimeout(socket, Patience(deadline));
        Handshake.WriteGreeting(message[..Handshake.GreetingBytes], ours);
        if (!Wire.Send(socket, message[..Handshake.GreetingBytes]) || !Wire.Receive(socket, reply))
        {
            return false;
        }

        if (!Handshake.TryReadChallenge(reply, theirs))
        {
            return true; // an answer already, a refusal; or no optbench server
        }

        (request with { Congestion = peer.Congestion }).Write(message[..JobRequest.Size]);
        TokenProof.Write(peer.Token, ours, theirs, message[..JobRequest.Size], message[JobRequest.Size..]);
        Wire.SetTimeout(socket, Patience(deadline));
        return Wire.Send(socket, message) && Wire.Receive(socket, reply);
    }

    private static void Refuse(SocketAddress address, JobRequest request, JobAnswer answer)
    {
        if (answer.Status == JobStatus.OptionRefused)
        {
            throw new OptionRefusedException($"server {address} could not set {Asked(request)}: {Errno.Describe(answer.Errno)}");
        }

        (string? why, string? hint) = answer.Status switch
        {
            JobStatus.Accepted => (null, null),
            JobStatus.WrongToken => ("the token is wrong", "set OPTBENCH_TOKEN to the server's, or use --token"),
            JobStatus.Busy => ("it has too many jobs already", "try again later"),
            JobStatus.TooMuch => ($"the job is larger than it allows: {answer.MaximumBytes} bytes, {answer.MaximumMs} ms", null),
            JobStatus.NoSuchJob => ("it does not remember the job asked about", null),
            JobStatus.WrongVersion => ("it speaks another version", "use the same optbench at both ends"),
            _ => ("it did not understand the request", (string?)"use the same optbench at both ends"),
        };
        if (why is not null)
        {
            throw new OperationFailedException($"server {address}: {why}", hint);
        }
    }

    private static string Asked(JobRequest request) =>
        string.Join(", ", request.Options.Select(o => $"{o.Option}={o.Value}").DefaultIfEmpty("the congestion control"));
}
