using System.Runtime.InteropServices;
using NetTools.Os;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// The datagrams of a run that were sent and not answered yet, and what their answers turn out to be: in time, out of order,
/// late, a second one. Each socket numbers its datagrams from 0; a ring of places holds the times of those under way.
/// </summary>
internal sealed unsafe class AwaitedDatagrams : IDisposable
{
    private const long MostPlaces = 1 << 23; // for datagrams under way, of all sockets

    private readonly LoadRun _run;
    private readonly LoadSettings _settings;
    private readonly LoadResult _result;
    private readonly int _count;
    private readonly Flow* _flows;
    private readonly long* _due; // 0: not awaited
    private readonly long* _begun;
    private readonly byte* _answered; // a bit for each of the last numbers
    private readonly int _window;
    private readonly int _remembered;

    /// <summary>Reserves the places.</summary>
    /// <exception cref="OperationFailedException">They would take too much memory.</exception>
    public AwaitedDatagrams(LoadRun run)
    {
        _run = run;
        _settings = run.Settings;
        _result = run.Result;
        _count = _settings.Connections;
        _window = _settings.Rate > 0 ? WindowOf(_settings) : _settings.Pipeline;
        _remembered = Math.Clamp((int)(MostPlaces * 8 / _count), 64, 1 << 16) & ~7;
        _flows = (Flow*)NativeMemory.AllocZeroed((nuint)_count, (nuint)sizeof(Flow));
        _due = (long*)NativeMemory.AllocZeroed((nuint)_count * (nuint)_window, sizeof(long));
        _begun = (long*)NativeMemory.AllocZeroed((nuint)_count * (nuint)_window, sizeof(long));
        _answered = (byte*)NativeMemory.AllocZeroed((nuint)_count * (nuint)_remembered / 8);
    }

    /// <summary>How many are awaited.</summary>
    public long UnderWay { get; private set; }

    /// <summary>
    /// Whether the place of a socket's next datagram is free: the answer to the one that had it is not awaited any more.
    /// </summary>
    public bool HasRoom(int index) => _due[Slot(index, _flows[index].Next)] == 0;

    /// <summary>Whether an answer has come to a socket.</summary>
    public bool IsServed(int index) => _flows[index].Served;

    /// <summary>Whether a number was ever given out.</summary>
    public bool Knows(int index, long number) => number >= 0 && number < _flows[index].Next;

    /// <summary>Begins a datagram.</summary>
    /// <returns>Its number.</returns>
    public long Begin(int index, long due)
    {
        long number = _flows[index].Next++;
        _due[Slot(index, number)] = due;
        _begun[Slot(index, number)] = _run.Now;
        Answered(index, number) = (byte)(Answered(index, number) & ~Bit(number));
        UnderWay++;
        return number;
    }

    /// <summary>The first number of a socket, from one on, that is still awaited; -1 when there is none.</summary>
    public long AwaitedFrom(int index, long number)
    {
        number = Math.Max(number, Math.Max(_flows[index].Oldest, _flows[index].Next - _window));
        while (number < _flows[index].Next && _due[Slot(index, number)] == 0)
        {
            number++;
        }

        return number < _flows[index].Next ? number : -1;
    }

    /// <summary>The last datagrams begun were not sent; they are as due as before.</summary>
    public void TakeBack(int index, int count)
    {
        for (; count > 0; count--)
        {
            _due[Slot(index, --_flows[index].Next)] = 0;
            UnderWay--;
        }
    }

    /// <summary>The last datagrams begun were refused by the kernel.</summary>
    public void LoseLast(int index, int count)
    {
        for (long number = _flows[index].Next - count; number < _flows[index].Next; number++)
        {
            Lose(index, number);
        }
    }

    /// <summary>Counts an answer whose bytes are right.</summary>
    public void Take(int index, long number)
    {
        Flow* flow = &_flows[index];
        ref LoadCounts counts = ref _result.Counts;
        long slot = Slot(index, number);
        bool known = flow->Next - number <= _remembered;
        if (flow->Next - number > _window || _due[slot] == 0)
        {
            bool again = known && (Answered(index, number) & Bit(number)) != 0;
            counts.Duplicates += again ? 1 : 0;
            counts.Late += again ? 0 : 1;
            Mark(index, number, known);
            return;
        }

        counts.Reordered += number < flow->Highest ? 1 : 0;
        flow->Served = true;
        flow->Highest = Math.Max(flow->Highest, number);
        _run.Answered(_due[slot], _begun[slot]);
        _run.Log?.Add(_due[slot], _run.Now, index, 0, "ok");
        Mark(index, number, known);
        _due[slot] = 0;
        UnderWay--;
    }

    /// <summary>Counts an answer with wrong bytes: its datagram has failed and is not lost.</summary>
    /// <param name="index">The socket.</param>
    /// <param name="number">
    /// The datagram it answers; -1 where even that is not to be read: then one that nothing else answers in time.
    /// </param>
    public void TakeWrong(int index, long number)
    {
        Flow* flow = &_flows[index];
        if (!Knows(index, number))
        {
            flow->Wrong++;
        }
        else if (flow->Next - number <= _window && _due[Slot(index, number)] != 0)
        {
            flow->Served = true;
            Mark(index, number, flow->Next - number <= _remembered);
            Fail(index, number, "mismatch");
        }
    }

    /// <summary>
    /// Loses those that have waited too long. Datagrams are begun in order, so the oldest of a socket that are still awaited are
    /// the first to be lost.
    /// </summary>
    public void GiveUpTheLost()
    {
        for (int i = 0; i < _count; i++)
        {
            Flow* flow = &_flows[i];
            for (; flow->Oldest < flow->Next; flow->Oldest++)
            {
                long slot = Slot(i, flow->Oldest);
                if (flow->Next - flow->Oldest > _window || _due[slot] == 0)
                {
                    continue;
                }

                if (_run.Now - _begun[slot] <= _settings.TimeoutNs)
                {
                    break;
                }

                if (flow->Wrong > 0)
                {
                    flow->Wrong--;
                    Fail(i, flow->Oldest, "mismatch");
                    continue;
                }

                Lose(i, flow->Oldest);
            }
        }
    }

    /// <summary>What a signal leaves without an answer has waited, too.</summary>
    public void RecordUnderWay()
    {
        for (int i = 0; i < _count && UnderWay > 0; i++)
        {
            for (long number = Math.Max(_flows[i].Oldest, _flows[i].Next - _window); number < _flows[i].Next; number++)
            {
                long due = _due[Slot(i, number)];
                if (due != 0)
                {
                    _result.Waited(_run.Now - due);
                    _run.Log?.Add(due, _run.Now, i, 0, "in_flight");
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_flows);
        NativeMemory.Free(_due);
        NativeMemory.Free(_begun);
        NativeMemory.Free(_answered);
    }

    /// <summary>Places for what an open loop has under way on a socket when nobody answers.</summary>
    /// <exception cref="OperationFailedException">They would take too much memory.</exception>
    private static int WindowOf(LoadSettings settings)
    {
        double each = (settings.Rate * (settings.TimeoutNs + 1e9) / 1e9 / settings.Connections) + 64;
        return each * settings.Connections <= MostPlaces ? (int)each : throw new OperationFailedException(
            "the datagrams under way would not fit in memory", "a shorter --timeout, or a lower --rate");
    }

    private long Slot(int index, long number) => ((long)index * _window) + (number % _window);

    private ref byte Answered(int index, long number) =>
        ref _answered[((long)index * _remembered / 8) + (number % _remembered / 8)];

    private static byte Bit(long number) => (byte)(1 << (int)(number % 8));

    private void Mark(int index, long number, bool known)
    {
        if (known)
        {
            Answered(index, number) |= Bit(number);
        }
    }

    private void Lose(int index, long number)
    {
        _result.Waited(_run.Now - _due[Slot(index, number)]);
        _result.Counts.Lost++;
        Fail(index, number, "lost");
    }

    private void Fail(int index, long number, string result)
    {
        long slot = Slot(index, number);
        _run.Log?.Add(_due[slot], _run.Now, index, 0, result);
        _due[slot] = 0;
        UnderWay--;
        _result.Counts.Failed++;
    }

    /// <summary>One socket's datagrams.</summary>
    private struct Flow
    {
        /// <summary>The number of the next to send.</summary>
        public long Next;

        /// <summary>No earlier one is awaited.</summary>
        public long Oldest;

        /// <summary>The highest number that came back.</summary>
        public long Highest;

        /// <summary>Answers so wrong that they name no datagram, each of which is one that is not lost.</summary>
        public long Wrong;

        /// <summary>An answer has come.</summary>
        public bool Served;
    }
}
