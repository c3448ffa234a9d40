using NetTools.Terminal;

namespace NetTools.PktSniff.Check;

/// <summary>
/// What a right sniffer does, from the simple to the hard.
/// The first trial that fails names the fault; later ones may fail with it.
/// </summary>
internal static class SnifferTrials
{
    /// <summary>All trials, in their order.</summary>
    public static IReadOnlyList<ExamTrial> All { get; } =
    [
        new("captures", ExamLevel.Basic, "no AF_PACKET socket (root or CAP_NET_RAW is needed), or nothing is printed",
            "packet(7)"),
        new("every-frame", ExamLevel.Basic, "the socket's protocol is not htons(ETH_P_ALL), or only IPv4 is printed",
            "packet(7)"),
        new("time", ExamLevel.Basic, "a line has no time", "clock_gettime(2), socket(7)"),
        new("link-addresses", ExamLevel.Basic, "source and destination are swapped: the destination comes first in a frame",
            "packet(7)"),
        new("ether-type", ExamLevel.Basic, "ntohs is missing", "byteorder(3)"),
        new("ip-addresses", ExamLevel.Basic, "source and destination are swapped, or ntohl was used before inet_ntop",
            "inet_ntop(3), ip(7)"),
        new("protocol", ExamLevel.Basic, "another byte of the IP header is printed", "ip(7)"),
        new("ttl", ExamLevel.Basic, "another byte of the IP header is printed", "ip(7)"),
        new("icmp", ExamLevel.Basic, "type and code are not the first two bytes behind the IP header", "icmp(7)"),
        new("ip-options", ExamLevel.Full, "it takes the IP header for 20 bytes: its length is in the field ihl, in words",
            "ip(7)"),
        new("promiscuous", ExamLevel.Basic, "PACKET_ADD_MEMBERSHIP with PACKET_MR_PROMISC is missing", "packet(7)"),
        new("promiscuous-off", ExamLevel.Full,
            "it set IFF_PROMISC on the interface, which stays: use PACKET_ADD_MEMBERSHIP", "packet(7), netdevice(7)"),
        new("vlan", ExamLevel.Full, "a tagged frame ends it", "packet(7)"),
        new("short", ExamLevel.Full, "it reads headers that are not there: compare the length first", "recv(2)"),
        new("malformed", ExamLevel.Full, "it believes the lengths in a header: compare them with what came", "ip(7)"),
        new("jumbo", ExamLevel.Full, "the buffer is too small, and the length is believed (MSG_TRUNC)", "recv(2)"),
        new("burst", ExamLevel.Full, "it ends or stands still after many frames", "packet(7)"),
    ];

    /// <summary>Judges a trial by the run.</summary>
    public static ExamResult Judge(ExamTrial trial, SnifferRun run)
    {
        ExamResult Result(bool? passed, string seen) => new(trial, passed, seen, run.Seconds);
        KnownFrame[] frames = [.. KnownFrame.All.Where(frame => PrintedBlocks.Of(frame, run.Text) is not null)];
        if (trial.Name == "captures")
        {
            return Result(frames.Length > 0, run.NotReady ?? (frames.Length > 0
                ? $"{frames.Length} of {KnownFrame.All.Count} frames were printed with their source address"
                : $"no frame was printed with its source address; {run.Survived["known"] ?? "it runs"}"));
        }

        if (frames.Length == 0)
        {
            return Result(null, "not tried: no frame was printed");
        }

        // Behind options only one trial looks, so that those before name their own fault.
        IEnumerable<KnownFrame> ip = frames.Where(frame => frame.Addresses is not null && frame.Number != 0x28);
        switch (trial.Name)
        {
            case "every-frame":
                string[] missing = [.. KnownFrame.All.Except(frames).Select(frame => frame.Name)];
                return Result(missing.Length == 0, missing.Length == 0 ? $"all {frames.Length} kinds were printed"
                    : $"not printed: {string.Join(", ", missing)}");
            case "time":
                return All_(frames, PrintedBlocks.Stamp, "a time");
            case "link-addresses":
                return AllOf(frames, (block, frame) => PrintedBlocks.Has(block, frame.Destination)
                    && PrintedBlocks.InOrder(block.Replace('-', ':'), frame.Source, frame.Destination),
                    frame => $"{frame.Source} to {frame.Destination}");
            case "ether-type":
                return AllOf(frames, (block, frame) => PrintedBlocks.EtherType(block, frame.EtherType),
                    frame => $"EtherType 0x{frame.EtherType:x4}");
            case "ip-addresses":
                return AllOf(ip, (block, frame) =>
                    PrintedBlocks.InOrder(block, frame.Addresses!.Value.Source, frame.Addresses.Value.Destination),
                    frame => $"{frame.Addresses!.Value.Source} to {frame.Addresses.Value.Destination}");
            case "protocol":
                return AllOf(ip, (block, frame) => PrintedBlocks.Protocol(block, frame.Protocol),
                    frame => $"protocol {frame.Protocol}");
            case "ttl":
                return AllOf(ip, (block, frame) => PrintedBlocks.TimeToLive(block, frame.TimeToLive),
                    frame => $"TTL {frame.TimeToLive}");
            case "icmp":
                return AllOf(ip.Where(frame => frame.IcmpKind is not null), Icmp, Kind);
            case "ip-options":
                return AllOf(frames.Where(frame => frame.Number == 0x28), Icmp, Kind);
            case "promiscuous":
                return Result(run.Promiscuous, run.Promiscuous ? "the interface was promiscuous while it ran"
                    : "the interface was not promiscuous");
            case "promiscuous-off":
                return Result(!run.StillPromiscuous, run.StillPromiscuous ? "the interface is still promiscuous after its end"
                    : "the interface was not promiscuous after its end");
            default:
                string? what = run.Survived.GetValueOrDefault(trial.Name, "not tried: it had ended before");
                return Result(
                    what is null, what is null ? "it went on and printed the next frame" : $"after these frames {what}");
        }

        bool Icmp(string block, KnownFrame frame) =>
            PrintedBlocks.Icmp(block, frame.IcmpKind!.Value.Type, frame.IcmpKind.Value.Code);

        string Kind(KnownFrame frame) => $"ICMP type {frame.IcmpKind!.Value.Type} code {frame.IcmpKind.Value.Code}";

        ExamResult All_(IEnumerable<KnownFrame> some, Func<string, bool> holds, string what) =>
            AllOf(some, (block, _) => holds(block), _ => what);

        ExamResult AllOf(IEnumerable<KnownFrame> some, Func<string, KnownFrame, bool> holds, Func<KnownFrame, string> what)
        {
            KnownFrame[] those = [.. some];
            KnownFrame? wrong = those.FirstOrDefault(frame => !holds(PrintedBlocks.Of(frame, run.Text)!, frame));
            return wrong is null ? Result(those.Length > 0 ? true : null, $"right in {those.Length} frames")
                : Result(false, $"{wrong.Name}: {what(wrong)} is not in: {Shown(PrintedBlocks.Of(wrong, run.Text)!)}");
        }
    }

    private static string Shown(string block)
    {
        string line = block.Replace('\n', ' ').Trim();
        return line[..Math.Min(line.Length, 160)];
    }
}
