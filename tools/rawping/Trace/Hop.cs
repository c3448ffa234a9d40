using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Trace;

/// <summary>What answered at one distance.</summary>
internal sealed class Hop
{
    /// <summary>Who answered there, in order of appearance: more than one when paths differ.</summary>
    public List<HostAddress> Hosts { get; } = [];

    /// <summary>What the last error said, or null when the host itself answered.</summary>
    public string? Error { get; set; }

    public long Sent { get; set; }

    public long Received { get; set; }

    /// <summary>The last round trip, ns.</summary>
    public long Last { get; set; }

    public RttSummary Rtt { get; } = new();

    public RttSummary KernelRtt { get; } = new();

    public double LostPercent => Sent == 0 ? 0 : 100.0 * Math.Max(0, Sent - Received) / Sent;

    /// <summary>Counts an answer.</summary>
    public void Add(in Reply reply)
    {
        if (!Hosts.Contains(reply.From))
        {
            Hosts.Add(reply.From);
        }

        Received++;
        Last = reply.Rtt;
        Rtt.Add(reply.Rtt);
        if (reply.KernelRtt is long kernel)
        {
            KernelRtt.Add(kernel);
        }
    }
}
