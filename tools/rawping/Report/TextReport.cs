using System.Globalization;
using System.Net;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Probing;
using NetTools.RawPing.Results;
using NetTools.RawPing.Wire;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>Text as ping prints it, so that people and scripts used to ping find nothing odd.</summary>
internal sealed class TextReport(Output output, PingSettings settings, PrintSettings print) : IPingObserver
{
    private readonly HostNames _names = NamesFor(settings, print);
    private readonly FloodDots _dots = new(output, settings.Flood);
    private byte[] _lastRoute = [];
    private bool _saidDelayed;

    private bool PrintsReplies => !print.Quiet && !print.Dots;

    private bool PrintsDots => !print.Quiet && print.Dots;

    /// <summary>The lines before the first request.</summary>
    public void WriteHeader()
    {
        if (settings.HasNonce && settings.Pattern is byte[] pattern)
        {
            output.WriteLine($"PATTERN: 0x{Convert.ToHexStringLower(pattern)}");
        }

        int headers = 28 + settings.IpOptions.Length;
        foreach (Target target in settings.Targets)
        {
            if (target.IsBroadcast)
            {
                ErrorLine.Write("WARNING: pinging broadcast address");
            }

            _ = _names.Describe(target.Address); // known, or known to take long, before the first request leaves
            string from = SourceFor(target) is HostAddress source ? $" from {source} {settings.Device}:" : "";
            WriteLine(target.Address.IsV6
                ? $"PING {target.Name}({_names.Describe(target.Address)}){from} {settings.Size} data bytes"
                : $"PING {target.Name} ({target.Address}){from} {settings.Size}({settings.Size + headers}) bytes of data.");
        }
    }

    public void Sent(TargetResult target, long sequence)
    {
        if (print.Verbose && target.Transmitted == 1)
        {
            output.WriteLine($"socket: {target.SocketName}");
            if (settings.HardwareStamps is { AreOn: false, Off: string card })
            {
                output.WriteLine($"{card} could stamp in hardware, which is off; to turn it on: "
                    + $"sudo hwstamp_ctl -i {card} -t 1 -r 1");
            }
        }

        if (PrintsDots)
        {
            _dots.Add("."u8, atOnce: sequence == settings.Count);
        }
    }

    public void Outstanding(TargetResult target, long sequence)
    {
        if (print.Outstanding && PrintsReplies)
        {
            WriteLive(target, $"no answer yet for icmp_seq={Wire(sequence)}");
        }
    }

    public void Replied(TargetResult target, in Reply reply, Verdict verdict, ReadOnlySpan<byte> options)
    {
        if (PrintsDots && verdict == Verdict.Reply)
        {
            _dots.Add("\b \b"u8);
        }

        if (!PrintsReplies)
        {
            return;
        }

        string kind = verdict switch
        {
            Verdict.Duplicate when !target.Target.IsGroup => " (DUP!)", // of a group many answer
            Verdict.Late => " (late)",
            _ => "",
        };
        string ttl = reply.Ttl < 0 ? "" : $" ttl={reply.Ttl}";
        string kernel = Verbosely("kernel", reply.KernelRtt) + Verbosely("hardware", reply.HardwareRtt);
        string bell = print.Audible ? "\a" : "";
        bool sameRoute = IsLastRoute(options);
        WriteLive(target, $"{reply.Bytes} bytes from {_names.Describe(reply.From)}: icmp_seq={Wire(reply.Sequence)}{ttl} "
            + $"time={Figures.Time(reply.Rtt)} ms{kernel}{kind}{bell}{(sameRoute ? "\t(same route)" : "")}");
        if (reply.Answer is RemoteAnswer answer)
        {
            output.WriteLine(Prefix(target) + (answer.IsMask
                ? $"ICMP address mask: Mask={new HostAddress(answer.Originate, IsV6: false)}"
                : $"ICMP timestamp: Originate={answer.Originate} Receive={answer.Receive} Transmit={answer.Transmit}"));
        }

        if (sameRoute)
        {
            return;
        }

        foreach (string line in OptionText.Describe(options, _names))
        {
            output.WriteLine(line);
        }
    }

    public void Rejected(TargetResult? target, HostAddress from, ReadOnlySpan<byte> message, long sequence, Verdict verdict)
    {
        if (PrintsDots && verdict is Verdict.BadChecksum or Verdict.WrongData or Verdict.WrongLength)
        {
            _dots.Add("\bC"u8);
        }

        if (!PrintsReplies)
        {
            return;
        }

        string why = verdict switch
        {
            Verdict.BadChecksum => "bad checksum",
            Verdict.WrongData => "data is not what was sent",
            Verdict.WrongLength => "length is not what was sent",
            Verdict.WrongNonce => "nonce is not ours: forged, or very late",
            Verdict.WrongSource => "DIFFERENT ADDRESS!",
            _ => "never sent",
        };
        ushort claimed = IcmpHeader.TryRead(message, out IcmpHeader icmp) ? icmp.Sequence : (ushort)0;
        WriteLive(target, $"{message.Length} bytes from {_names.Describe(from)}: "
            + $"icmp_seq={(sequence > 0 ? Wire(sequence) : claimed)} rejected: {why}");
    }

    public void Failed(TargetResult target, in Reply about, ReadOnlySpan<byte> message)
    {
        if (PrintsDots)
        {
            _dots.Add("\bE"u8);
        }

        if (PrintsReplies && IcmpHeader.TryRead(message, out IcmpHeader icmp))
        {
            // advice, in ping's hand
            string colon = !about.From.IsV6 && IcmpType.IsAdvice(icmp.Type) ? ":" : "";
            WriteLive(target, $"From {_names.Describe(about.From)}{colon} icmp_seq={Wire(about.Sequence)} "
                + ErrorText.Describe(icmp, about.From.IsV6));
        }
    }

    public void NotSent(TargetResult target, long sequence, int errno)
    {
        if (PrintsDots)
        {
            _dots.Add("E"u8);
        }

        if (PrintsReplies)
        {
            ErrorLine.Write($"{Prefix(target)}{NotSentText(target.Target.Address, errno)}");
        }
    }

    public void Delayed(TargetResult target, long sequence, int errno)
    {
        if (!_saidDelayed)
        {
            _saidDelayed = true;
            ErrorLine.Write($"sending to {target.Target.Address}: {Errno.Describe(errno)}; "
                + "requests are sent again when there is room");
        }
    }

    /// <summary>The lines after the last reply.</summary>
    public void WriteSummary(PingResults results)
    {
        foreach (TargetResult target in results.Targets)
        {
            WriteSummary(target);
        }

        string others = settings.Targets.Count > 1 ? "from hosts that are not pinged: " : "";
        WriteRejected(others, results.Strangers);
        if (results.Strangers.Corrupted > 0)
        {
            WriteLine($"{others}{results.Strangers.Corrupted} corrupted");
        }
    }

    /// <summary>The lines of <c>--every</c>: one for each host.</summary>
    public void Periodic(IReadOnlyList<TargetResult> targets)
    {
        foreach (TargetResult target in targets)
        {
            WriteLive(CountsOf(target));
        }

        output.Flush();
    }

    /// <summary>The statistics of a host so far in a line.</summary>
    internal static string CountsOf(TargetResult target) =>
        $"{target.Target.Name}: {target.Transmitted} transmitted, {target.Received} received"
        + (target.LostPercent is double loss ? $", {Figures.Percent(Math.Round(loss, 4))}% loss" : "")
        + (target.Received == 0 ? ""
            : $", rtt min/avg/max = {Ms(target.Rtt.Min)}/{Ms(target.Rtt.Average)}/{Ms(target.Rtt.Max)} ms");

    private void WriteRejected(string about, Rejections rejected)
    {
        if (rejected.Total > 0)
        {
            WriteLine($"{about}rejected: {rejected.WrongSource} from another address, {rejected.WrongNonce} with a wrong nonce, "
                + $"{rejected.NeverSent} never sent");
        }
    }

    private void WriteSummary(TargetResult target)
    {
        output.WriteLine();
        WriteLine($"--- {target.Target.Name} ping statistics ---");
        string extra = Extra("duplicates", target.Duplicates) + Extra("late", target.Late) + Extra("reordered", target.Reordered)
            + Extra("corrupted", target.Corrupted) + Extra("errors", target.Errors);
        long time = (target.LastEvent - target.FirstSent) / TimeUnits.Millisecond;
        string unsent = target.SendErrors is null ? ""
            : $", {target.Unsent} not sent ({Kinds(target.SendErrors)})";
        string flying = target.InFlight == 0 ? "" : $", {target.InFlight} in flight";
        // The percentage is of the requests that were due and are not in flight; where those are not the transmitted ones it says
        // so.
        string of = target.Settled == target.Transmitted ? "" : $" of {target.Settled}";
        string loss = target.LostPercent is double percent ? $", {Figures.Percent(percent)}% packet loss{of}" : "";
        string prefix = Prefix(target);
        WriteLine($"{prefix}{target.Transmitted} packets transmitted, {target.Received} received{extra}{unsent}{flying}{loss}, "
            + $"time {time}ms");
        if (target.Delayed > 0)
        {
            WriteLine($"{prefix}{target.Delayed} had to wait: the kernel had no room (ENOBUFS)");
        }

        WriteRejected(prefix, target.Rejected);
        if (target.Received > 0)
        {
            WriteTimes(target);
        }

        string pipe = target.Pipe > 1 ? $"pipe {target.Pipe}" : "";
        string pace = "";
        if (target.Received > 0 && (settings.PacedByReplies || print.Dots) && target.Transmitted > 1)
        {
            long gap = (target.LastEvent - target.FirstSent) / (target.Transmitted - 1);
            pace = $"ipg/ewma {Ms(gap)}/{Ms(target.MovingAverage)} ms";
        }

        RttSummary rtt = target.Rtt;
        string times = target.Received == 0 ? ""
            : $"rtt min/avg/max/mdev = {Ms(rtt.Min)}/{Ms(rtt.Average)}/{Ms(rtt.Max)}/{Ms(rtt.Mdev)} ms";
        // The last line is ping's, for the scripts that read it.
        string last = string.Join(", ", new[] { times, pipe, pace }.Where(part => part.Length > 0));
        WriteLine(last.Length == 0 ? last : prefix + last);
    }

    private void WriteTimes(TargetResult target)
    {
        if (print.Histogram)
        {
            HistogramText.Write(output, target);
        }

        string prefix = Prefix(target);
        WriteTimes($"{prefix}kernel", target.KernelRtt);
        WriteTimes($"{prefix}hardware", target.HardwareRtt);
        WriteLine($"{prefix}round trip: {Percentiles(target.Rtt)} ms");
    }

    private static string Kinds(SortedDictionary<int, long> errors) =>
        string.Join(", ", errors.Select(kind => $"{kind.Value} {Errno.Name(kind.Key)}"));

    private void WriteTimes(string clock, RttSummary times)
    {
        if (times.Count > 0)
        {
            WriteLine($"{clock} transmit to receipt: min {Ms(times.Min)} avg {Ms(times.Average)} max {Ms(times.Max)} "
                + $"mdev {Ms(times.Mdev)} {Percentiles(times)} ms");
        }
    }

    private string Verbosely(string clock, long? rtt) => print.Verbose && rtt is long time ? $" {clock}={Figures.Time(time)} ms"
        : "";

    // As ping: a target given as an address is printed as one.
    private static HostNames NamesFor(PingSettings settings, PrintSettings print) =>
        print.Numeric || settings.Targets.All(target => IPAddress.TryParse(target.Name, out _)) ? HostNames.None
            : print.Quiet || print.Dots ? HostNames.Read(HostNames.HostsFile) : HostNames.OfSystem();

    // The one that was asked for, or of the interface that was asked for.
    private HostAddress? SourceFor(Target target)
    {
        if (settings.Source is not null || settings.Device is null)
        {
            return settings.Source;
        }

        try
        {
            return Route.To(target.Address, settings.Device, settings.Broadcast).Source;
        }
        catch (LibcException)
        {
            return null; // of several hosts one has no route; each request to it will say so
        }
    }

    // The same routers again, which need not be told twice.
    private bool IsLastRoute(ReadOnlySpan<byte> options)
    {
        options = options.TrimStart(IpOptionsWriter.NoOperation);
        if (options is not [IpOptionsWriter.RecordRoute, ..])
        {
            return false;
        }

        bool same = options.SequenceEqual(_lastRoute);
        _lastRoute = same ? _lastRoute : options.ToArray();
        return same;
    }

    private static string Percentiles(RttSummary times) =>
        $"p50 {Ms(times.Percentile(50))} p95 {Ms(times.Percentile(95))} p99 {Ms(times.Percentile(99))}";

    // With -D each line of the run begins with the time, to the microsecond, as the kernel's own clock has it.
    private void WriteLive(TargetResult? target, string text) => WriteLive(Prefix(target) + text);

    // Of several hosts each line names its own.
    private string Prefix(TargetResult? target) => settings.Targets.Count > 1 && target is not null ? $"{target.Target.Name}: "
        : "";

    private string NotSentText(HostAddress address, int errno) => errno == Tmds.Linux.LibC.EMSGSIZE
        ? $"local error: message too long, mtu{(address.IsV6 ? ": " : "=")}{MtuOf(address)}"
        : $"sending to {address}: {Errno.Describe(errno)}";

    private string MtuOf(HostAddress address)
    {
        try
        {
            return Route.Mtu(address, settings.Device).ToString(CultureInfo.InvariantCulture);
        }
        catch (LibcException)
        {
            return "unknown";
        }
    }

    private void WriteLive(string text) => WriteLive(output, print, text);

    /// <summary>A line as something happens; <c>-D</c> puts the time before it.</summary>
    internal static void WriteLive(Output output, PrintSettings print, string text) =>
        output.WriteLine(print.Date ? $"[{Now()}] {text}" : text);

    private static string Now() => DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);

    // What ping prints is the number on the wire, which wraps.
    private static ushort Wire(long sequence) => (ushort)sequence;

    private static string Ms(double nanoseconds) => Figures.Milliseconds(nanoseconds);

    private static string Extra(string what, long count) => count == 0 ? ""
        : string.Create(CultureInfo.InvariantCulture, $", +{count} {what}");

    // Integers and names only, and Figures for the rest: nothing here depends on a culture.
    private void WriteLine(string text) => output.WriteLine(text);
}
