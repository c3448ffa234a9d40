using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary>
/// What a right echo server does, from the simple to the hard.
/// The first trial that fails names the fault; later ones may fail with it.
/// </summary>
internal static class Trials
{
    /// <summary>All trials, in their order.</summary>
    public static IReadOnlyList<EchoTrial> All { get; } =
    [
        new(new("answers", ExamLevel.Basic,
            "it does not send back what it read, or waits for a line or a number of bytes first",
            "accept(2), read(2), write(2)"), TrialNeeds.Connections, ByteTrials.Answers),
        new(new("bytes", ExamLevel.Basic,
            "it treats the bytes as text: strlen and printf stop at a zero byte; or its buffer has the wrong length",
            "read(2), string(3)"), TrialNeeds.Connections, ByteTrials.Bytes),
        new(new("pieces", ExamLevel.Basic,
            "it takes one read for one message: TCP has no messages, a read returns what has come so far",
            "tcp(7), read(2)"), TrialNeeds.Connections, ByteTrials.Pieces),
        new(new("several-buffers", ExamLevel.Basic,
            "edge-triggered, it reads once per event: read until EAGAIN, for no new event comes for what is left",
            "epoll(7)"), TrialNeeds.Connections, ByteTrials.SeveralBuffers),
        new(new("resets", ExamLevel.Basic,
            "a client that vanishes ends it: ignore SIGPIPE (or MSG_NOSIGNAL), and close that one connection on an error",
            "signal(7), send(2)"), TrialNeeds.Connections, CrowdTrials.Resets),
        new(new("silent-clients", ExamLevel.Basic,
            "it waits for one client (a blocking read, or one client after the other), and the others wait with it",
            "epoll(7), fcntl(2)"), TrialNeeds.Connections, CrowdTrials.SilentClients),
        new(new("many-at-once", ExamLevel.Basic,
            "edge-triggered, it accepts once per event: accept until EAGAIN; or the backlog of listen is short",
            "accept(2), epoll(7), listen(2)"), TrialNeeds.Connections, CrowdTrials.ManyAtOnce),
        new(new("others-go-on", ExamLevel.Full,
            "one slow reader blocks everybody: a blocking write, or a loop that tries again at EAGAIN",
            "write(2), fcntl(2)"), TrialNeeds.Connections, CrowdTrials.OthersGoOn),
        new(new("nothing-lost", ExamLevel.Full,
            "it throws away what write did not take: keep the rest and send it later",
            "write(2), epoll(7)"), TrialNeeds.Connections, CrowdTrials.NothingLost),
        new(new("goes-on-when-there-is-room", ExamLevel.Full,
            "it keeps what write did not take, and never sends it: ask for EPOLLOUT, and read again once it is sent",
            "epoll(7), epoll_ctl(2)"), TrialNeeds.Connections, CrowdTrials.GoesOn),
        new(new("long", ExamLevel.Basic,
            "what write did not take is lost or forgotten, or something is still unread when the last event is handled",
            "epoll(7)"), TrialNeeds.Connections, ByteTrials.Long),
        new(new("half-close-answered", ExamLevel.Basic,
            "it closes as soon as the client has sent its end, before all is answered",
            "shutdown(2), epoll(7)"), TrialNeeds.Connections, ByteTrials.HalfCloseAnswered),
        new(new("half-close-ends", ExamLevel.Basic,
            "it does not close when read returns 0",
            "read(2), close(2)"), TrialNeeds.Connections, ByteTrials.HalfCloseEnds),
        new(new("flood-starves-nobody", ExamLevel.Full,
            "it reads from one client for as long as that one sends: stop after some bytes, and go on with it in its turn",
            "epoll(7), recv(2)"), TrialNeeds.Connections, CrowdTrials.Flood),
        new(new("descriptors", ExamLevel.Full,
            "it does not close its side of finished connections",
            "close(2), proc(5)"), TrialNeeds.Process, ProcessTrials.Descriptors),
        new(new("memory", ExamLevel.Full,
            "it does not free what it keeps for a connection",
            "malloc(3), free(3)"), TrialNeeds.Process, ProcessTrials.Memory),
        new(new("rest", ExamLevel.Full,
            "it spins: EPOLLOUT is always asked for, an error is not handled, or a loop tries again at EAGAIN",
            "epoll(7)"), TrialNeeds.Process, ProcessTrials.Rest),
        new(new("out-of-descriptors", ExamLevel.Full,
            "it ends, or stops accepting for good, when accept fails with EMFILE: wait until one is closed, then accept again",
            "accept(2), getrlimit(2)"), TrialNeeds.Process, ProcessTrials.OutOfDescriptors),
        new(new("restarts", ExamLevel.Full,
            "SO_REUSEADDR is not set before bind, and connections of the last run are still in TIME_WAIT",
            "socket(7), ip(7)"), TrialNeeds.Command, ProcessTrials.Restarts),
        new(new("instances", ExamLevel.Full,
            "SO_REUSEPORT is not set before bind, or one process takes all connections",
            "socket(7)"), TrialNeeds.Command, ProcessTrials.Instances),
        new(new("ten-thousand", ExamLevel.Noted,
            "the limit of descriptors is not raised, a table is too short, or each client costs a process",
            "getrlimit(2), epoll(7)"), TrialNeeds.Connections, CrowdTrials.TenThousand),
        new(new("ipv6", ExamLevel.Noted,
            "it listens on one family only: bind :: with IPV6_V6ONLY off",
            "ipv6(7)"), TrialNeeds.Connections, CrowdTrials.IPv6),
    ];

    /// <summary>What is said about each.</summary>
    public static IReadOnlyList<ExamTrial> Infos { get; } = [.. All.Select(trial => trial.Info)];
}
