using NetTools.EpollEcho.Serve;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>
/// Prints what a server reports: as text, or as the lines of the report contract. A line is one write(2). A line that cannot be
/// written is dropped and counted, and standard error says so: it never ends the server.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="json">JSON instead of text.</param>
internal sealed class ServeReport(Output output, bool json)
{
    private const int PatienceMs = 1000;

    private readonly JsonHead _head = new();
    private bool _failing;

    /// <summary>Reports that could not be written.</summary>
    public int Lost { get; private set; }

    /// <summary>Says that the server listens.</summary>
    public void Write(ListeningNotice notice)
    {
        if (json)
        {
            ServeJsonReport.Write(output, notice);
        }
        else
        {
            ServeTextReport.Write(output, notice);
        }

        Flush(PatienceMs);
    }

    /// <summary>Prints the counts.</summary>
    public void Write(ServeSummary summary)
    {
        if (json)
        {
            ServeJsonReport.Write(output, summary, Lost, _head);
        }
        else
        {
            ServeTextReport.Write(output, summary);
        }

        Flush(PatienceMs);
    }

    /// <summary>Prints a live line, unless the reader does not keep up.</summary>
    public void Write(StatsLine stats)
    {
        if (json)
        {
            ServeJsonReport.Write(output, stats);
        }
        else
        {
            ServeTextReport.Write(output, stats);
        }

        Flush(0);
    }

    private void Flush(int patienceMs)
    {
        string? failure = output.TryFlush(patienceMs);
        if (failure is not null)
        {
            Lost++;
            if (!_failing)
            {
                ErrorLine.Write($"{failure}: serving goes on without");
            }
        }

        _failing = failure is not null;
    }
}
