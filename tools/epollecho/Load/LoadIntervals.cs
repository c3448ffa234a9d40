using NetTools.Measure;

namespace NetTools.EpollEcho.Load;

/// <summary>The intervals of several processes, added up second by second as they come in.</summary>
internal sealed class LoadIntervals
{
    private readonly SortedDictionary<int, LoadSlice> _open = [];

    /// <summary>Adds one process's interval to that of the same second.</summary>
    public void Add(LoadSlice slice)
    {
        LoadSlice sum = _open.TryGetValue(slice.Second, out LoadSlice before)
            ? before with
            {
                EndSeconds = Math.Max(before.EndSeconds, slice.EndSeconds),
                Failed = before.Failed + slice.Failed,
                ConnectionFailures = before.ConnectionFailures + slice.ConnectionFailures,
            }
            : slice with { Latency = new LatencyHistogram() };
        sum.Latency.Add(slice.Latency);
        _open[slice.Second] = sum;
    }

    /// <summary>Moves those that are complete to a result.</summary>
    /// <param name="result">Where to.</param>
    /// <param name="before">All processes have reported everything before this second.</param>
    public void MoveTo(LoadResult result, int before)
    {
        while (_open.Count > 0 && _open.First() is var (second, slice) && second < before)
        {
            result.AddInterval(slice);
            _open.Remove(second);
        }
    }
}
