using System.Net;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.OptBench.Server;

/// <summary>
/// Those who have connected and not yet proven the token. There is room for a fixed number, each has one deadline for the whole
/// handshake however it spreads its bytes, and when the room is full the oldest from the address that holds most of it goes.
/// Strangers so cost the server neither threads nor job places, and cannot keep out who knows the token.
/// </summary>
/// <param name="token">The shared secret; empty lets everybody in.</param>
/// <param name="handshakeMs">The deadline, milliseconds from the accept.</param>
internal sealed unsafe class Greeter(string token, int handshakeMs) : IDisposable
{
    /// <summary>The most visitors at a time.</summary>
    public const int Room = 256;

    private readonly List<Visitor> _visitors = [];

    /// <summary>Takes a connection in.</summary>
    /// <param name="socket">Non-blocking.</param>
    /// <param name="from">Its address.</param>
    public void Add(int socket, IPAddress from)
    {
        if (_visitors.Count == Room)
        {
            DropOne();
        }

        _visitors.Add(new Visitor(new Descriptor(socket), from, Clock.Nanoseconds + (handshakeMs * TimeUnits.Millisecond)));
    }

    /// <summary>Ends the oldest visit from the address with most of them; false when there is none.</summary>
    public bool DropOne()
    {
        if (_visitors.Count == 0)
        {
            return false;
        }

        Visitor oldest = _visitors.GroupBy(visitor => visitor.From).MaxBy(group => group.Count())!.First();
        oldest.Socket.Dispose();
        return _visitors.Remove(oldest);
    }

    /// <summary>Fills in what to wait for, in the order of the visitors; their number.</summary>
    public int Watch(Span<pollfd> wait)
    {
        for (int i = 0; i < _visitors.Count; i++)
        {
            wait[i] = new pollfd { fd = _visitors[i].Socket.Value, events = POLLIN };
        }

        return _visitors.Count;
    }

    /// <summary>Milliseconds until a visitor is out of time; -1 when there is none.</summary>
    public int MsToNextDeadline() =>
        _visitors.Count == 0 ? -1 : (int)Math.Max(0, ((_visitors[0].Deadline - Clock.Nanoseconds) / TimeUnits.Millisecond) + 1);

    /// <summary>
    /// Goes on with those that have sent something, ends those whose time is over; returns who is through, now blocking.
    /// </summary>
    /// <param name="ready">As <see cref="Watch"/> gave it, polled.</param>
    public List<Visitor> Advance(ReadOnlySpan<pollfd> ready)
    {
        List<Visitor> through = [];
        List<Visitor> gone = [];
        long now = Clock.Nanoseconds;
        for (int i = 0; i < ready.Length; i++)
        {
            Visitor visitor = _visitors[i];
            Progress progress = ready[i].revents != 0 ? visitor.Advance(token) : Progress.Waiting;
            if (progress == Progress.Waiting && now < visitor.Deadline)
            {
                continue;
            }

            gone.Add(visitor);
            if (progress == Progress.Through && fcntl(visitor.Socket.Value, F_SETFL, 0) == 0)
            {
                through.Add(visitor);
            }
            else
            {
                visitor.Socket.Dispose();
            }
        }

        if (gone.Count > 0)
        {
            _visitors.RemoveAll(gone.Contains);
        }

        return through;
    }

    /// <inheritdoc/>
    public void Dispose() => _visitors.ForEach(visitor => visitor.Socket.Dispose());
}

/// <summary>How far a handshake is.</summary>
internal enum Progress
{
    /// <summary>More bytes must come.</summary>
    Waiting,

    /// <summary>The token is proven and the request is sound.</summary>
    Through,

    /// <summary>Refused, with the reason sent, or gone.</summary>
    Ended,
}

/// <summary>One connection before its job.</summary>
/// <param name="socket">Non-blocking; its owner's.</param>
/// <param name="from">Its address.</param>
/// <param name="deadline">On <see cref="Clock.Nanoseconds"/>.</param>
internal sealed unsafe class Visitor(Descriptor socket, IPAddress from, long deadline)
{
    private readonly byte[] _message = new byte[Handshake.RequestBytes];
    private readonly byte[] _theirs = new byte[TokenProof.NonceBytes];
    private readonly byte[] _ours = new byte[TokenProof.NonceBytes];
    private bool _greeted;
    private int _used;

    /// <summary>The connection.</summary>
    public Descriptor Socket => socket;

    /// <summary>Where it comes from.</summary>
    public IPAddress From => from;

    /// <summary>When its time is over.</summary>
    public long Deadline => deadline;

    /// <summary>What it asked for; set once it is through.</summary>
    public JobRequest? Request { get; private set; }

    /// <summary>Reads what has come.</summary>
    /// <param name="token">What it must know.</param>
    public Progress Advance(string token)
    {
        while (true)
        {
            int whole = _greeted ? Handshake.RequestBytes : Handshake.GreetingBytes;
            nint got;
            fixed (byte* to = &_message[_used])
            {
                got = (nint)recv(socket.Value, to, whole - _used, MSG_DONTWAIT);
            }

            if (got <= 0)
            {
                return got < 0 && Errno.Last is int errno && (errno == EAGAIN || errno == EINTR) ? Progress.Waiting
                    : Progress.Ended;
            }

            _used += (int)got;
            if (_used == whole)
            {
                _used = 0;
                if (_greeted)
                {
                    return Check(token);
                }

                if (!Greet())
                {
                    return Progress.Ended;
                }
            }
        }
    }

    private bool Greet()
    {
        JobStatus status = Handshake.ReadGreeting(_message.AsSpan(0, Handshake.GreetingBytes), _theirs);
        if (status != JobStatus.Accepted)
        {
            Refuse(status);
            return false;
        }

        try
        {
            TokenProof.FillNonce(_ours);
        }
        catch (OperationFailedException)
        {
            return false; // without random bytes this one cannot be served; the others can
        }

        Span<byte> challenge = stackalloc byte[Handshake.ChallengeBytes];
        Handshake.WriteChallenge(challenge, _ours);
        _greeted = true;
        return Wire.Send(socket.Value, challenge);
    }

    private Progress Check(string token)
    {
        ReadOnlySpan<byte> message = _message.AsSpan(0, JobRequest.Size);
        JobStatus status = token.Length > 0 && !TokenProof.Holds(token, _theirs, _ours, message, _message.AsSpan(JobRequest.Size))
            ? JobStatus.WrongToken : JobRequest.TryRead(message, out JobRequest? request) is JobStatus read
                && read != JobStatus.Accepted ? read : Keep(request!);
        if (status == JobStatus.Accepted)
        {
            return Progress.Through;
        }

        Refuse(status);
        return Progress.Ended;
    }

    private JobStatus Keep(JobRequest request)
    {
        Request = request;
        return JobStatus.Accepted;
    }

    private void Refuse(JobStatus status)
    {
        Span<byte> answer = stackalloc byte[JobAnswer.Size];
        new JobAnswer(status, 0, 0, 0).Write(answer);
        Wire.Send(socket.Value, answer);
    }
}
