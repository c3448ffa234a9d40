using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Trace;

/// <summary>What an answer to a probe means for the path.</summary>
internal enum TraceAnswer
{
    /// <summary>A router on the way: the TTL ran out there.</summary>
    OnTheWay,

    /// <summary>The host itself answered.</summary>
    Reached,

    /// <summary>An error that ends the path.</summary>
    Refused,
}

/// <summary>Why a trace ended where it did.</summary>
internal enum TraceEnd
{
    /// <summary>The host answered.</summary>
    Reached,

    /// <summary>A router refused to forward: the error of the last hop.</summary>
    Refused,

    /// <summary>Nothing answered beyond the last hop shown.</summary>
    Silent,

    /// <summary>Routers answered up to the last TTL tried.</summary>
    MaxHops,

    /// <summary>No probe could be sent.</summary>
    NotSent,
}

/// <summary>An MPLS label stack entry: RFC 3032.</summary>
internal readonly record struct MplsLabel(int Label, int TrafficClass, bool IsLast, int Ttl);

/// <summary>A host that answered at a hop.</summary>
internal sealed class HopHost(HostAddress address)
{
    public HostAddress Address { get; } = address;

    /// <summary>Probes it answered.</summary>
    public long Answers { get; set; }

    /// <summary>The label stack of its last answer; empty without one.</summary>
    public IReadOnlyList<MplsLabel> Labels { get; set; } = [];
}

/// <summary>Counters and times of one hop, one flow or all.</summary>
internal sealed class Hop
{
    /// <summary>Hosts that answered, in order of appearance.</summary>
    public List<HopHost> Hosts { get; } = [];

    /// <summary>Errors other than time exceeded by their sign: !H, !N, !X, ...</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>The sign of the last of them, or null.</summary>
    public string? LastError { get; private set; }

    public long Sent { get; set; }

    /// <summary>Probes answered in time, each counted once.</summary>
    public long Received { get; set; }

    /// <summary>Probes that got no answer in time.</summary>
    public long Lost { get; set; }

    /// <summary>Further answers to answered probes.</summary>
    public long Duplicates { get; set; }

    /// <summary>Answers after the timeout.</summary>
    public long Late { get; set; }

    /// <summary>Probes whose time was not over when the trace ended.</summary>
    public long InFlight => Sent + NotSent - Received - Lost;

    /// <summary>Probes that the kernel did not send.</summary>
    public long NotSent { get; set; }

    /// <summary>The last answer, or null before the first; a lost probe resets it.</summary>
    public TraceAnswer? LastAnswer { get; set; }

    /// <summary>The host answered here.</summary>
    public bool IsReached { get; set; }

    /// <summary>The last round trip, ns.</summary>
    public long Last { get; private set; }

    /// <summary>The mean distance of two round trips in a row, ns.</summary>
    public double Jitter => Rtt.Count < 2 ? 0 : _steps / (Rtt.Count - 1);

    public RttSummary Rtt { get; } = new();

    public RttSummary KernelRtt { get; } = new();

    /// <summary>Percent of the probes whose time is over that got no answer; null without any.</summary>
    public double? LostPercent => Received + Lost == 0 ? null : 100.0 * Lost / (Received + Lost);

    private double _steps;

    /// <summary>Counts an error by its sign.</summary>
    public void Fail(string sign)
    {
        Errors[sign] = Errors.GetValueOrDefault(sign) + 1;
        LastError = sign;
    }

    /// <summary>Counts the first answer to a probe.</summary>
    public void Add(HostAddress from, long rtt, long? kernelRtt, IReadOnlyList<MplsLabel> labels)
    {
        HopHost? host = Hosts.Find(known => known.Address.Is(from));
        if (host is null)
        {
            Hosts.Add(host = new HopHost(from));
        }

        host.Answers++;
        host.Labels = labels;
        Received++;
        _steps += Rtt.Count == 0 ? 0 : Math.Abs(rtt - Last);
        Last = rtt;
        Rtt.Add(rtt);
        if (kernelRtt is long kernel)
        {
            KernelRtt.Add(kernel);
        }
    }
}

/// <summary>The hops of a trace so far.</summary>
/// <param name="settings">Its settings.</param>
internal sealed class TraceResults(TraceSettings settings)
{
    private readonly Dictionary<(int Ttl, int Flow), Hop> _flows = [];
    private Hop[] _hops = NewHops(settings);

    public TraceSettings Settings { get; } = settings;

    /// <summary>A signal or a key ended it.</summary>
    public bool Interrupted { get; set; }

    /// <summary>Rounds of probes that are complete or were cut short by the end; 0 while the first is under way.</summary>
    public long Rounds { get; set; }

    /// <summary>The kind of socket: raw or datagram.</summary>
    public bool IsDatagram { get; set; }

    /// <summary>Probes that the kernel did not send, by errno.</summary>
    public SortedDictionary<int, long> SendErrors { get; } = [];

    /// <summary>Counts a probe that was not sent.</summary>
    public void AddSendError(int errno) => SendErrors[errno] = SendErrors.GetValueOrDefault(errno) + 1;

    /// <summary>The lowest TTL at which the host answered; <see cref="int.MaxValue"/> before.</summary>
    public int ReachedAt { get; private set; } = int.MaxValue;

    public bool IsReached => ReachedAt != int.MaxValue;

    /// <summary>The hop of a TTL.</summary>
    public Hop Of(int ttl) => _hops[ttl - 1];

    /// <summary>The hop of a TTL as one flow saw it.</summary>
    public Hop Of(int ttl, int flow)
    {
        if (!_flows.TryGetValue((ttl, flow), out Hop? hop))
        {
            _flows[(ttl, flow)] = hop = new Hop();
        }

        return hop;
    }

    /// <summary>Notes that the host answered a probe of this TTL.</summary>
    public void Reached(int ttl) => ReachedAt = Math.Min(ReachedAt, ttl);

    /// <summary>The TTLs to show: to the host, or to the last that answered; after it one that is silent.</summary>
    public IEnumerable<int> Shown
    {
        get
        {
            int last = IsReached ? ReachedAt : LastAnswered;
            int next = Math.Max(last + 1, Settings.FirstHop);
            last = End is TraceEnd.Silent or TraceEnd.NotSent && next <= Settings.LastHop && Of(next).Lost > 0 ? next : last;
            return last < Settings.FirstHop ? [] : Enumerable.Range(Settings.FirstHop, last - Settings.FirstHop + 1);
        }
    }

    /// <summary>The highest TTL that got an answer, up to one that a router refused; 0 before any.</summary>
    public int LastAnswered
    {
        get
        {
            int refused = Array.FindIndex(_hops, hop => hop.LastAnswer == TraceAnswer.Refused);
            return refused >= 0 ? refused + 1 : Array.FindLastIndex(_hops, hop => hop.Received > 0) + 1;
        }
    }

    /// <summary>Why the trace ends where it does.</summary>
    public TraceEnd End => IsReached ? TraceEnd.Reached
        : LastAnswered > 0 && Of(LastAnswered).LastAnswer == TraceAnswer.Refused ? TraceEnd.Refused
        : LastAnswered == Settings.LastHop ? TraceEnd.MaxHops
        : Array.TrueForAll(_hops, hop => hop.Sent == 0) ? TraceEnd.NotSent : TraceEnd.Silent;

    /// <summary>The first TTL at which flows saw different hosts, or null.</summary>
    public int? PartsAt
    {
        get
        {
            foreach (int ttl in Shown)
            {
                HashSet<HostAddress> seen = [.. Enumerable.Range(0, Settings.Flows)
                    .Where(flow => Of(ttl, flow).Hosts.Count > 0).Select(flow => Of(ttl, flow).Hosts[0].Address)];
                if (seen.Count > 1)
                {
                    return ttl;
                }
            }

            return null;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        _hops = NewHops(Settings);
        _flows.Clear();
        SendErrors.Clear();
        Rounds = 0;
        ReachedAt = int.MaxValue;
    }

    private static Hop[] NewHops(TraceSettings settings) => [.. Enumerable.Range(0, settings.LastHop).Select(_ => new Hop())];
}
