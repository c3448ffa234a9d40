using NetTools.Measure;
using NetTools.OptBench.Results;
using NetTools.OptBench.Run;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>One way of setting the option, measured again and again in short visits.</summary>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="requested">What is asked for; null for nothing.</param>
internal abstract class Arm(string name, long? requested) : IDisposable
{
    private readonly List<double> _samples = [];

    /// <summary><c>option=value</c>.</summary>
    public string Name => name;

    /// <summary>What the kernel reads back.</summary>
    protected long? Effective { get; set; }

    /// <summary>The congestion control of the sending end, or null.</summary>
    protected string? Congestion { get; set; }

    /// <summary>TCP_INFO at our end at the beginning of the connection, and now; null for none.</summary>
    protected (TcpInfo Before, TcpInfo After)? Tcp { get; set; }

    /// <summary>The same at the server's end.</summary>
    protected (TcpInfo Before, TcpInfo After)? FarTcp { get; set; }

    /// <summary>True when it is we who send the bytes that are measured.</summary>
    protected virtual bool IsSender => true;

    /// <summary>What moving bytes cost both ends; null where bytes are not what is measured.</summary>
    protected CpuCost? Cost { get; set; }

    /// <summary>True when what is timed is mostly waiting for the other end.</summary>
    public virtual bool WaitsForReplies => false;

    /// <summary>Measures once and returns the median of the visit's samples.</summary>
    /// <param name="settings">How long.</param>
    /// <param name="keep">False in the warm-up: the samples are not kept.</param>
    public double Visit(RunSettings settings, bool keep)
    {
        ReadOnlySpan<double> samples = Take(settings);
        if (keep)
        {
            _samples.AddRange(samples);
        }

        return Statistics.Median(samples);
    }

    /// <summary>The arm's result from its block medians.</summary>
    /// <param name="blocks">A median a block.</param>
    /// <param name="confidence">The level of the interval.</param>
    public ArmResult Result(ReadOnlySpan<double> blocks, double confidence) =>
        new(name, requested, Effective, Bootstrap.Median(blocks, confidence), _samples) { Usual = Bootstrap.Median(blocks).Interval, Congestion = Congestion, Tcp = Tcp, FarTcp = FarTcp, IsSender = IsSender, Cost = Cost };

    /// <summary>Called after the last visit, before the result is asked for: asks the far end what it saw.</summary>
    public virtual void Finish()
    {
    }

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }

    /// <summary>Takes the samples of one visit, at least one; what must settle first is dropped.</summary>
    protected abstract ReadOnlySpan<double> Take(RunSettings settings);
}
