using NetTools.OptBench.Client;
using NetTools.OptBench.Protocol;
using NetTools.OptBench.Run;
using NetTools.Os;
using NetTools.Sockets;

namespace NetTools.OptBench.Experiments;

/// <summary>Exchanges on one connection, which stays open from block to block.</summary>
/// <param name="name"><c>option=value</c>.</param>
/// <param name="requested">What is asked for; null for nothing.</param>
/// <param name="connection">To an echo job; this arm's from now on.</param>
/// <param name="maximumSamples">Of one visit.</param>
/// <param name="warmUp">Exchanges before them.</param>
internal abstract class ConversationArm(string name, long? requested, JobConnection connection, int maximumSamples, int warmUp) : Arm(name, requested)
{
    private readonly double[] _visit = new double[maximumSamples];

    /// <inheritdoc/>
    public override bool WaitsForReplies => true;

    /// <summary>The connection.</summary>
    protected JobConnection Connection => connection;

    /// <summary>TCP_INFO at our end before the first exchange.</summary>
    protected TcpInfo Before { get; } = TcpInfo.Read(connection.Socket);

    /// <inheritdoc/>
    public override void Finish()
    {
        JobReport far = connection.Inquire();
        FarTcp = (far.Before, far.After);
        Congestion = connection.Congestion;
    }

    /// <inheritdoc/>
    public override void Dispose() => connection.Dispose();

    /// <inheritdoc/>
    protected override ReadOnlySpan<double> Take(RunSettings settings)
    {
        using SilenceGuard guard = new(connection.Socket, JobConnection.SilenceMs);

        // After a pause the kernel acknowledges the first segments at once: those exchanges belong to the pause.
        long begin = Clock.Nanoseconds;
        Run(_visit.AsSpan(0, warmUp), begin + (settings.VisitNs / 4));
        int done = Run(_visit, begin + settings.VisitNs);
        Tcp = (Before, TcpInfo.Read(connection.Socket));
        return _visit.AsSpan(0, done);
    }

    /// <summary>Exchanges until the samples are full or the time is up, at least once. Allocates nothing.</summary>
    /// <param name="microseconds">Receives the time of each.</param>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>.</param>
    /// <returns>The exchanges done.</returns>
    protected abstract int Run(Span<double> microseconds, long deadline);
}
