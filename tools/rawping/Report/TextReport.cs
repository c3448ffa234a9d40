using System.Globalization;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.Terminal;

namespace NetTools.RawPing;

/// <summary>Text as ping prints it, so that people and scripts used to ping find nothing odd.</summary>
internal sealed class TextReport(Output output, PingSettings settings, bool quiet) : IPingObserver
{
    private bool PrintsReplies => !quiet && !settings.Flood;

    private bool PrintsDots => !quiet && settings.Flood;

    /// <summary>The lines before the first request.</summary>
    public void WriteHeader()
    {
        foreach (Target target in settings.Targets)
        {
            string from = settings.Source is HostAddress source ? $" from {source}" : "";
            from += settings.Device is string device ? $" {device}" : "";
            from += from.Length > 0 ? ":" : "";
            WriteLine(target.Address.IsV6
                ? $"PING {target.Name}({target.Address}){from} {settings.Size} data bytes"
                : $"PING {target.Name} ({target.Address}){from} {settings.Size}({settings.Size + 28}) bytes of data.");
        }
    }

    public void Sent(TargetResult target, long sequence)
    {
        if (PrintsDots)
        {
            output.Write("."u8);
        }
    }

    public void Replied(TargetResult target, in Reply reply, Verdict verdict)
    {
        if (PrintsDots && verdict == Verdict.Reply)
        {
            output.Write("\b \b"u8);
        }

        if (PrintsReplies)
        {
            string kind = verdict switch
            {
                Verdict.Duplicate => " (DUP!)",
                Verdict.Late => " (late)",
                _ => "",
            };
            string ttl = reply.Ttl < 0 ? "" : $" ttl={reply.Ttl}";
            WriteLine(
                $"{reply.Bytes} bytes from {reply.From}: icmp_seq={Wire(reply.Sequence)}{ttl} time={Figures.Time(reply.Rtt)} ms{kind}");
        }
    }

    public void Rejected(TargetResult? target, HostAddress from, ReadOnlySpan<byte> message, long sequence, Verdict verdict)
    {
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
        WriteLine($"{message.Length} bytes from {from}: icmp_seq={(sequence > 0 ? Wire(sequence) : claimed)} rejected: {why}");
    }

    public void Failed(TargetResult target, HostAddress from, ReadOnlySpan<byte> message, long sequence)
    {
        if (PrintsReplies && IcmpHeader.TryRead(message, out IcmpHeader icmp))
        {
            WriteLine($"From {from} icmp_seq={Wire(sequence)} {ErrorText.Describe(icmp, from.IsV6)}");
        }
    }

    public void NotSent(TargetResult target, long sequence, int errno)
    {
        if (!quiet)
        {
            ErrorLine.Write($"sending to {target.Target.Address}: {Errno.Describe(errno)}");
        }
    }

    /// <summary>The lines after the last reply.</summary>
    public void WriteSummary(PingResults results)
    {
        foreach (TargetResult target in results.Targets)
        {
            WriteSummary(target);
        }

        Rejections rejected = results.Rejected;
        if (rejected.Total > 0)
        {
            WriteLine($"rejected: {rejected.WrongSource} from another address, {rejected.WrongNonce} with a wrong nonce, "
                + $"{rejected.NeverSent} never sent");
        }
    }

    private void WriteSummary(TargetResult target)
    {
        output.WriteLine();
        WriteLine($"--- {target.Target.Name} ping statistics ---");
        string extra = Extra("duplicates", target.Duplicates) + Extra("late", target.Late) + Extra("reordered", target.Reordered)
            + Extra("corrupted", target.Corrupted) + Extra("errors", target.Errors);
        long time = (target.LastEvent - target.FirstSent) / Time.Millisecond;
        string loss = target.Transmitted == 0 ? "" : $", {Figures.Percent(target.LostPercent)}% packet loss";
        WriteLine($"{target.Transmitted} packets transmitted, {target.Received} received{extra}{loss}, time {time}ms");
        if (target.Received == 0)
        {
            output.WriteLine();
            return;
        }

        if (target.KernelRtt.Count > 0)
        {
            RttSummary kernel = target.KernelRtt;
            WriteLine($"kernel transmit to receipt: min {Ms(kernel.Min)} avg {Ms(kernel.Average)} max {Ms(kernel.Max)} "
                + $"mdev {Ms(kernel.Mdev)} p50 {Ms(kernel.Percentile(50))} p95 {Ms(kernel.Percentile(95))} p99 {Ms(kernel.Percentile(99))} ms");
        }

        RttSummary rtt = target.Rtt;
        WriteLine($"rtt min/avg/max/mdev = {Ms(rtt.Min)}/{Ms(rtt.Average)}/{Ms(rtt.Max)}/{Ms(rtt.Mdev)} ms");
    }

    // What ping prints is the number on the wire, which wraps.
    private static ushort Wire(long sequence) => (ushort)sequence;

    private static string Ms(double nanoseconds) => Figures.Milliseconds(nanoseconds);

    private static string Extra(string what, long count) => count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", +{count} {what}");

    // Integers and names only, and Figures for the rest: nothing here depends on a culture.
    private void WriteLine(string text) => output.WriteLine(text);
}
