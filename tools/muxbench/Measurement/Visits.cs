using NetTools.MuxBench.Descriptors;
using NetTools.MuxBench.Mechanisms;

namespace NetTools.MuxBench.Measurement;

/// <summary>
/// Measures one thing once. A mechanism is made anew at each visit: where its memory happens to lie is part of the chance that
/// the blocks average out.
/// </summary>
internal sealed class Visits : IDisposable
{
    private readonly DescriptorSet _descriptors;
    private readonly CacheEvictor? _caches;
    private readonly Waker? _waker;
    private readonly CallTimer _calls;
    private readonly ArrivalTimer _arrivals;
    private readonly RegistrationTimer _registrations;
    private readonly double _clockOverhead;
    private WakeUpTimer? _wakeUps;
    private Relay? _relay;

    /// <summary>Prepares what the measures need.</summary>
    /// <param name="descriptors">What is watched; stays the caller's.</param>
    /// <param name="machine">Where it runs.</param>
    /// <param name="cold">Whether the caches are emptied before each call.</param>
    /// <param name="wakes">Whether a thread that wakes is needed.</param>
    public Visits(DescriptorSet descriptors, Machine machine, bool cold, bool wakes)
    {
        _descriptors = descriptors;
        _clockOverhead = machine.ClockOverhead;
        _caches = cold ? new CacheEvictor(machine.Cpu) : null;
        _waker = wakes ? new Waker(machine.WakerCpu, machine.OwnTable) : null;
        _calls = new CallTimer(_clockOverhead, _caches);
        _arrivals = new ArrivalTimer(_clockOverhead);
        _registrations = new RegistrationTimer(_clockOverhead);
    }

    /// <summary>One sample, nanoseconds.</summary>
    public double Sample(Arm arm)
    {
        WatchedPart part = _descriptors.Part(arm.Fds);
        using Mechanism mechanism = Catalogue.Create(arm.Mechanism, new Room(arm.Fds, arm.MaxFd));
        if (arm.Series.Metric is Metric.Add or Metric.Modify or Metric.Remove)
        {
            return _registrations.Sample(arm.Series.Metric, mechanism, part);
        }

        if (arm.Series.Metric == Metric.Call)
        {
            part.MakeReady(arm.Ready);
        }

        Watch(mechanism, part);
        double sample = arm.Series.Metric switch
        {
            Metric.Call => mechanism.ReportsArrivals && _caches is null
                ? SampleArrivals(mechanism, arm, part) : _calls.Sample(mechanism, part, arm.Ready),
            Metric.WakeUp => (_wakeUps ??= new(_clockOverhead, _waker!)).Sample(mechanism, part),
            _ => (_relay ??= new(_clockOverhead, _descriptors.Highest)).Sample(mechanism, part, arm.Ready),
        };
        part.MakeReady(0); // another size shares these descriptors
        return sample;
    }

    public void Dispose()
    {
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

    private double SampleArrivals(Mechanism mechanism, Arm arm, WatchedPart part)
    {
        List<Mechanism> copies = [mechanism];
        try
        {
            while (copies.Count < ArrivalTimer.Copies(arm.Fds))
            {
                copies.Add(Catalogue.Create(arm.Mechanism, new Room(arm.Fds, arm.MaxFd) { Lender = mechanism }));
                Watch(copies[^1], part);
            }

            return _arrivals.Sample(copies, part, arm.Ready);
        }
        finally
        {
            copies.Skip(1).ToList().ForEach(copy => copy.Dispose());
        }
    }
}
