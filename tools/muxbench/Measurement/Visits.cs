using NetTools.MuxBench.Bench;
using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;

namespace NetTools.MuxBench.Measurement;

/// <summary>
/// Measures one thing once. A mechanism is created again for each visit: where its memory happens to lie is part of the chance
/// that the blocks average out.
/// </summary>
internal sealed class Visits : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly DescriptorSet _descriptors;
    private readonly CacheEvictor? _caches;
    private readonly Waker? _waker;
    private readonly CallTimer _calls;
    private readonly ArrivalTimer _arrivals;
    private readonly RegistrationTimer _registrations;
    private readonly double _clockOverhead;
    private readonly Watchdog? _watchdog;
    private readonly Random _random;
    private WakeUpTimer? _wakeUps;
    private Relay? _relay;

    /// <summary>Prepares what the measures need.</summary>
    /// <param name="descriptors">What is watched; stays the caller's.</param>
    /// <param name="machine">Where it runs.</param>
    /// <param name="settings">What is measured.</param>
    public Visits(DescriptorSet descriptors, Machine machine, BenchSettings settings)
    {
        bool wakes = settings.Metrics.Contains(Metric.WakeUp);
        _descriptors = descriptors;
        _clockOverhead = machine.ClockOverhead;
        _caches = settings.Cold ? new CacheEvictor(machine.Cpu) : null;
        _waker = wakes ? new Waker(machine.WakerCpu, machine.OwnTable) : null;
        _watchdog = wakes || settings.Timeouts.Contains(BenchSettings.Waits)
            ? new Watchdog(machine.WakerCpu, machine.OwnTable, Patience) : null;
        _random = new Random(settings.Seed);
        _calls = new CallTimer(_clockOverhead, _caches, _watchdog);
        _arrivals = new ArrivalTimer(_clockOverhead, _watchdog);
        _registrations = new RegistrationTimer(_clockOverhead);
    }

    /// <summary>One sample, nanoseconds.</summary>
    public double Sample(Arm arm)
    {
        WatchedPart part = _descriptors.Part(arm.Fds);
        using Mechanism mechanism = Catalog.Create(arm.Mechanism, new Room(arm.Fds, arm.MaxFd));
        if (arm.Series.Metric is Metric.Add or Metric.Modify or Metric.Remove)
        {
            return _registrations.Sample(arm.Series.Metric, mechanism, part);
        }

        if (arm.Series.Metric == Metric.Call)
        {
            part.MakeReady(arm.Ready, arm.Series.Position, _random);
        }

        Watch(mechanism, part);
        bool wait = arm.Series.TimeoutMs == BenchSettings.Waits;
        mechanism.ReturnsAtOnce = arm.Series.Metric == Metric.Call;
        _watchdog?.Guard(wait ? part : null);
        double sample = arm.Series.Metric switch
        {
            Metric.Call => mechanism.ReportsArrivals && _caches is null
                ? SampleArrivals(mechanism, arm, part, wait) : _calls.Sample(mechanism, part, arm.Ready, wait),
            Metric.WakeUp => (_wakeUps ??= new(_clockOverhead, _waker!, _watchdog)).Sample(mechanism, part),
            _ => (_relay ??= new(_clockOverhead, _descriptors.Highest)).Sample(mechanism, part, arm.Ready),
        };
        _watchdog?.Guard(null);
        part.MakeReady(0); // another size shares these descriptors
        return sample;
    }

    public void Dispose()
    {
        _watchdog?.Dispose();
        _waker?.Dispose();
        _caches?.Dispose();
    }

    private static void Watch(Mechanism mechanism, WatchedPart part)
    {
        foreach (int descriptor in part.Watched)
        {
            mechanism.Add(descriptor);
        }
    }

    private double SampleArrivals(Mechanism mechanism, Arm arm, WatchedPart part, bool wait)
    {
        List<Mechanism> copies = [mechanism];
        try
        {
            while (copies.Count < ArrivalTimer.Copies(arm.Fds))
            {
                copies.Add(Catalog.Create(arm.Mechanism, new Room(arm.Fds, arm.MaxFd) { Lender = mechanism }));
                copies[^1].ReturnsAtOnce = true;
                Watch(copies[^1], part);
            }

            return _arrivals.Sample(copies, part, arm.Ready, wait);
        }
        finally
        {
            copies.Skip(1).ToList().ForEach(copy => copy.Dispose());
        }
    }
}
