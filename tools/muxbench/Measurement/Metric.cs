namespace NetTools.MuxBench.Measurement;

/// <summary>What is timed.</summary>
internal enum Metric
{
    /// <summary>A call that returns at once, and finding the ready descriptors.</summary>
    Call,

    /// <summary>From another thread's write to the return of a call that was asleep.</summary>
    WakeUp,

    /// <summary>Registering a descriptor.</summary>
    Add,

    /// <summary>Changing what is watched.</summary>
    Modify,

    /// <summary>Removing a descriptor.</summary>
    Remove,

    /// <summary>
    /// One step of a chain of writes through all descriptors, as in libevent's bench: call, read, write to the next.
    /// </summary>
    Relay,
}

/// <summary>The names of metrics and what they have to do with readable descriptors.</summary>
internal static class Metrics
{
    /// <summary>As the user writes it.</summary>
    public static string Name(this Metric metric) => metric.ToString().ToLowerInvariant();

    /// <summary>Whether it is taken for each number of readable descriptors; a relay has that many chains.</summary>
    public static bool HasReady(this Metric metric) => metric is Metric.Call or Metric.Relay;

    /// <summary>
    /// The timeout of its calls where the user has no say: a relay looks, as libevent's bench does; registering calls nothing.
    /// </summary>
    public static int? FixedTimeoutMs(this Metric metric) => metric switch
    {
        Metric.WakeUp => -1,
        Metric.Relay => 0,
        _ => null,
    };
}
