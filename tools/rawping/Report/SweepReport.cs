using System.Globalization;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>Text for a sweep over many hosts: a line per answer as it comes, then a table of those that answered.</summary>
internal sealed class SweepReport(Output output, PrintSettings print) : IPingObserver
{
    private bool _saidDelayed;

    public void Replied(TargetResult target, in Reply reply, Verdict verdict, ReadOnlySpan<byte> options)
    {
        if ((!print.Quiet || print.OnlyAlive) && !print.OnlyDead && verdict == Verdict.Reply && target.Received == 1)
        {
            WriteLive((print.OnlyAlive ? target.Target.Name : $"{target.Target.Name} is alive ({Figures.Time(reply.Rtt)} ms)")
                + (print.Audible ? "\a" : ""));
        }
    }

    public void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
        if (print.Verbose && IcmpHeader.TryRead(message, out IcmpHeader icmp))
        {
            WriteLive($"{target.Target.Name}: {about.From} says {ErrorText.Describe(icmp, about.From.IsV6)}");
        }
    }

    public void NotSent(TargetResult target, long sequence, int errno)
    {
        if (print.Verbose)
        {
            WriteLive($"{target.Target.Name}: not sent: {Errno.Describe(errno)}");
        }
    }

    public void Delayed(TargetResult target, long sequence, int errno)
    {
        if (!_saidDelayed)
        {
            _saidDelayed = true;
            ErrorLine.Write($"sending to {target.Target.Address}: {Errno.Describe(errno)}; "
                + "the neighbour table or a queue is full: the sweep goes on when there is room");
        }
    }

    public void Periodic(IReadOnlyList<TargetResult> targets)
    {
        foreach (TargetResult target in targets.Where(print.Lists))
        {
            WriteLive(TextReport.CountsOf(target));
        }

        output.Flush();
    }

    /// <summary>The table and the counts.</summary>
    public void WriteSummary(PingResults results)
    {
        output.LineBuffered = false;
        if (print.OnlyAlive || print.OnlyDead)
        {
            foreach (TargetResult target in results.Targets.Where(target => print.OnlyDead && target.Received == 0))
            {
                output.WriteLine(target.Target.Name);
            }

            return;
        }

        TargetResult[] alive = [.. results.Targets.Where(target => target.Received > 0)];
        if (alive.Length > 0 && !print.Quiet)
        {
            output.WriteLine();
            Table table = new("host", "sent", "received", "loss %", "min ms", "avg ms", "max ms", "kernel avg ms");
            foreach (TargetResult target in alive)
            {
                RttSummary rtt = target.Rtt;
                table.Add(target.Target.Name, Text(target.Transmitted), Text(target.Received),
                    Figures.Percent(target.LostPercent ?? 0),
                    Figures.Milliseconds(rtt.Min), Figures.Milliseconds(rtt.Average), Figures.Milliseconds(rtt.Max),
                    target.KernelRtt.Count > 0 ? Figures.Milliseconds(target.KernelRtt.Average) : "-");
            }

            table.Write(output);
            output.WriteLine();
        }

        foreach (TargetResult target in results.Targets.Where(target => print.ListsDead && target.Received == 0))
        {
            output.WriteLine($"{target.Target.Name} did not answer");
        }

        WriteCounts(results, alive.Length);
    }

    private void WriteCounts(PingResults results, int alive)
    {
        long sent = results.Targets.Sum(target => target.Transmitted);
        long received = results.Targets.Sum(target => target.Received);
        long unsent = results.Targets.Sum(target => target.Unsent);
        long delayed = results.Targets.Sum(target => target.Delayed);
        long inFlight = results.Targets.Sum(target => target.InFlight);
        (string Name, long Count)[] extra =
        [
            ("duplicates", results.Targets.Sum(target => target.Duplicates)),
            ("late", results.Targets.Sum(target => target.Late)),
            ("corrupted", results.Targets.Sum(target => target.Corrupted) + results.Strangers.Corrupted),
            ("errors", results.Targets.Sum(target => target.Errors)),
            ("rejected", results.Targets.Sum(target => target.Rejected.Total) + results.Strangers.Total),
        ];
        output.WriteLine($"{Terminal.Figures.PlainCount(results.Targets.Count, "host")}, {Text(alive)} answered; "
            + $"{Terminal.Figures.PlainCount(sent, "packet")} transmitted, {Text(received)} received"
            + string.Concat(extra.Where(kind => kind.Count > 0).Select(kind => $", +{Text(kind.Count)} {kind.Name}"))
            + (unsent > 0 ? $", {Text(unsent)} not sent" : "") + (inFlight > 0 ? $", {Text(inFlight)} in flight" : "")
            + (delayed > 0 ? $", {Text(delayed)} had to wait for room" : ""));
    }

    private void WriteLive(string text) => TextReport.WriteLive(output, print, text);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
