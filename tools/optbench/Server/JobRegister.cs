using NetTools.OptBench.Protocol;

namespace NetTools.OptBench.Server;

/// <summary>The jobs a client may ask about by their numbers: those that run, and the latest that ended.</summary>
internal sealed class JobRegister
{
    private const int Remembered = 256;

    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Func<JobReport>> _running = [];
    private readonly Dictionary<ulong, JobReport> _ended = [];
    private readonly Queue<ulong> _order = new();

    /// <summary>Enters a job.</summary>
    /// <param name="number">Not to be guessed: who knows it may ask.</param>
    /// <param name="report">Gives the report of the moment; called on other threads, and never after <see cref="End"/>.</param>
    public void Begin(ulong number, Func<JobReport> report)
    {
        lock (_lock)
        {
            _running[number] = report;
        }
    }

    /// <summary>Keeps a job's last report, and drops the oldest of many.</summary>
    public void End(ulong number)
    {
        lock (_lock)
        {
            if (!_running.Remove(number, out Func<JobReport>? report))
            {
                return;
            }

            _ended[number] = report();
            _order.Enqueue(number);
            if (_order.Count > Remembered)
            {
                _ended.Remove(_order.Dequeue());
            }
        }
    }

    /// <summary>The report of a job, or null for a number it does not know.</summary>
    public JobReport? Find(ulong number)
    {
        lock (_lock)
        {
            return _running.TryGetValue(number, out Func<JobReport>? report) ? report() : _ended.GetValueOrDefault(number);
        }
    }
}
