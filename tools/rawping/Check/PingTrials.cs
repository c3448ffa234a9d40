using System.Globalization;
using NetTools.Packets;
using NetTools.Terminal;

namespace NetTools.RawPing.Check;

/// <summary>
/// What a right ping does, from the simple to the hard.
/// The first trial that fails names the fault; later ones may fail with it.
/// </summary>
internal static class PingTrials
{
    private const int Requests = 5;
    private const int MessageBytes = 64;

    /// <summary>How much longer than the network's own a printed time may be, ms: a wrong mean differs by more.</summary>
    private const double ToleranceMs = 30;

    /// <summary>The same where wrong replies come: those that are counted make the times shorter, or longer by 150 ms.</summary>
    private const double WideToleranceMs = 85;

    private static readonly Dictionary<string, Misbehaviour> s_networks = new()
    {
        ["other-identifier"] = Misbehaviour.WrongIdentifier,
        ["other-sequence"] = Misbehaviour.WrongSequence,
        ["other-process"] = Misbehaviour.ForeignReply,
        ["own-request"] = Misbehaviour.OwnRequest,
        ["ip-options"] = Misbehaviour.Options,
        ["lost"] = Misbehaviour.Loss,
        ["other-source"] = Misbehaviour.WrongSource,
        ["bad-checksum"] = Misbehaviour.BadChecksum,
        ["short"] = Misbehaviour.Short,
        ["duplicate"] = Misbehaviour.Duplicate,
        ["late"] = Misbehaviour.Late,
    };

    /// <summary>All trials, in their order.</summary>
    public static IReadOnlyList<ExamTrial> All { get; } =
    [
        new("sends", ExamLevel.Basic, "no raw socket (root or CAP_NET_RAW is needed), or sendto fails", "raw(7), sendto(2)"),
        new("type-and-code", ExamLevel.Basic, "an echo request has type 8 and code 0", "icmp(7)"),
        new("checksum", ExamLevel.Basic,
            "it is not over the whole message, the field was not zero while it was computed, or a carry is lost", "icmp(7)"),
        new("identifier", ExamLevel.Basic, "the identifier is 0 or changes: all requests of a process have the same", "icmp(7)"),
        new("sequence", ExamLevel.Basic, "the sequence number does not grow by one, or htons is missing", "byteorder(3)"),
        new("length", ExamLevel.Basic, "a pointer's size was sent instead of the packet's: 8 bytes of header, 56 of data",
            "sendto(2)"),
        new("five", ExamLevel.Basic, "the loop sends too few requests or too many, or waits for ever for a reply", "recv(2)"),
        new("second-apart", ExamLevel.Basic, "it does not wait a second between two requests", "nanosleep(2)"),
        new("times", ExamLevel.Basic,
            "a wrong unit, seconds and microseconds not put together, a minimum that begins at 0, a wrong mean",
            "clock_gettime(2)"),
        new("other-identifier", ExamLevel.Full, "it counts replies whose identifier is not its own", "raw(7), icmp(7)"),
        new("other-sequence", ExamLevel.Full, "it counts replies whose sequence number is not the one it waits for", "icmp(7)"),
        new("other-process", ExamLevel.Full, "every raw socket gets every process's replies: compare the identifier", "raw(7)"),
        new("own-request", ExamLevel.Full, "it does not look at the type: on loopback its own request comes back first",
            "raw(7)"),
        new("ip-options", ExamLevel.Full, "it takes the IP header for 20 bytes: its length is in the field ihl, in words",
            "ip(7)"),
        new("lost", ExamLevel.Full, "recv waits for ever, or a lost reply counts as one of 0 ms or of the time-out: SO_RCVTIMEO",
            "socket(7), poll(2)"),
        new("other-source", ExamLevel.Noted, "it does not compare the address that recvfrom gives", "recvfrom(2)"),
        new("bad-checksum", ExamLevel.Noted, "it does not check the reply's checksum", "icmp(7)"),
        new("short", ExamLevel.Noted, "it reads fields that are not there: compare the length first", "recv(2)"),
        new("duplicate", ExamLevel.Noted, "it counts a reply twice", "icmp(7)"),
        new("late", ExamLevel.Noted, "it takes a late reply for that of a later request", "icmp(7)"),
    ];

    /// <summary>The networks that the trials need, the well-behaved one first.</summary>
    public static IReadOnlyList<Misbehaviour> Networks(IReadOnlyList<ExamTrial> chosen) =>
        [Misbehaviour.None, .. chosen.Where(trial => s_networks.ContainsKey(trial.Name)).Select(trial => s_networks[trial.Name])];

    /// <summary>Whether a trial is judged by times, which a busy machine changes.</summary>
    public static bool KeepsTime(ExamTrial trial) =>
        trial.Name is "times" or "second-apart" || s_networks.ContainsKey(trial.Name);

    /// <summary>Judges a trial by the runs.</summary>
    public static ExamResult Judge(ExamTrial trial, IReadOnlyDictionary<Misbehaviour, PingRun> runs)
    {
        PingRun plain = runs[Misbehaviour.None];
        IReadOnlyList<SentRequest> sent = plain.Requests;
        ExamResult Result(bool? passed, string seen) => new(trial, passed, seen, plain.Seconds);
        if (trial.Name == "sends")
        {
            return Result(sent.Count > 0, sent.Count > 0 ? $"{sent.Count} ICMP messages" : $"no ICMP message; {Last(plain)}");
        }

        if (sent.Count == 0)
        {
            return Result(null, "not tried: nothing was sent");
        }

        if (s_networks.TryGetValue(trial.Name, out Misbehaviour kind))
        {
            if (PrintedTimes.Find(plain.Text) is null)
            {
                return Result(null, "not tried: without min, avg and max there is nothing to judge by");
            }

            (bool passed, string text) = Times(runs[kind], kind);
            return new ExamResult(trial, passed, text, runs[kind].Seconds);
        }

        double[] gaps = [.. sent.Zip(sent.Skip(1), (a, b) => (b.Nanoseconds - a.Nanoseconds) / 1e9)];
        switch (trial.Name)
        {
            case "type-and-code":
                return Result(sent.All(one => one.Message[0] == IcmpType.EchoRequest && one.Message[1] == 0),
                    $"type and code: {List(sent.Select(one => $"{one.Message[0]}/{one.Message[1]}"))}");
            case "checksum":
                int bad = sent.Count(one => !InternetChecksum.IsValid(one.Message));
                return Result(bad == 0, bad == 0 ? "right in all" : $"wrong in {bad} of {sent.Count}");
            case "identifier":
                return Result(sent.All(one => one.Identifier == sent[0].Identifier && one.Identifier != 0),
                    $"identifiers: {List(sent.Select(one => $"{one.Identifier}"))}");
            case "sequence":
                return Result(sent.Zip(sent.Skip(1)).All(pair => (ushort)(pair.Second.Sequence - pair.First.Sequence) == 1)
                    && sent.Count > 1, $"sequence numbers: {List(sent.Select(one => $"{one.Sequence}"))}");
            case "length":
                return Result(sent.All(one => one.Message.Length == MessageBytes),
                    $"lengths: {List(sent.Select(one => $"{one.Message.Length}"))} bytes");
            case "five":
                string end = plain.ExitStatus is null ? ", then it did not end" : "";
                return Result(sent.Count == Requests && plain.ExitStatus is not null,
                    $"{Figures.PlainCount(sent.Count, "request")}{end}");
            case "second-apart":
                return Result(gaps.Length > 0 && gaps.All(gap => gap is > 0.8 and < 1.7),
                    $"seconds between them: {List(gaps.Select(gap => gap.ToString("F2", CultureInfo.InvariantCulture)))}");
            default:
                (bool right, string what) = Times(plain, Misbehaviour.None);
                return Result(right, what);
        }
    }

    /// <summary>Compares what was printed with the round trips of the replies that count.</summary>
    private static (bool Passed, string Seen) Times(PingRun run, Misbehaviour kind)
    {
        double[] all = [.. run.Requests.Where(one => one.RoundTripMs is not null).Select(one => one.RoundTripMs!.Value)];
        if (run.ExitStatus is null)
        {
            return (false, $"after {Figures.PlainCount(run.Requests.Count, "request")} it neither sent nor ended for 4 s");
        }

        if (all.Length == 0 || PrintedTimes.Find(run.Text) is not PrintedTimes printed)
        {
            return (false, $"no min, avg and max were printed; {Last(run)}");
        }

        string said = Three(printed.Minimum, printed.Mean, printed.Maximum);
        // A late reply may count, as late as it was, or as lost.
        double[][] sets = kind == Misbehaviour.Late && all.Any(time => time < 1000) ? [all, [.. all.Where(time => time < 1000)]]
            : [all];
        double most = kind == Misbehaviour.None ? ToleranceMs : WideToleranceMs;
        bool right = sets.Any(set => Near(printed.Minimum, set.Min(), most) && Near(printed.Mean, set.Average(), most)
            && Near(printed.Maximum, set.Max(), most));
        return (right, $"printed min/avg/max {said} ms; right replies took {Three(all.Min(), all.Average(), all.Max())}");
    }

    private static bool Near(double printed, double right, double most) => printed > right - 4 && printed < right + most;

    private static string Three(double a, double b, double c) =>
        string.Create(CultureInfo.InvariantCulture, $"{a:0.#}/{b:0.#}/{c:0.#}");

    private static string List(IEnumerable<string> values) => string.Join(", ", values.Take(8));

    /// <summary>The last line it printed, which often says why.</summary>
    private static string Last(PingRun run)
    {
        string line = run.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .LastOrDefault("");
        string ended = run.ExitStatus is int code ? $"it ended with {code}" : "it did not end";
        return line.Length == 0 ? $"{ended} and printed nothing"
            : $"{ended} and printed last: {line[..Math.Min(line.Length, 100)]}";
    }
}
