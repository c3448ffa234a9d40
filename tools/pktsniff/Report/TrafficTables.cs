using System.Globalization;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>What was counted as tables, the largest first.</summary>
internal static class TrafficTables
{
    /// <summary>The most conversations of a summary that get a row each.</summary>
    public const int MostRows = 25;

    private const double BitsPerByte = 8;
    private const double Million = 1e6;

    /// <summary>A summary of everything: a line, the protocols, the conversations.</summary>
    public static void WriteAll(Output output, TrafficCounter traffic)
    {
        output.WriteLine(Headline(traffic.Total, traffic.Duration));
        if (traffic.Tcp.Segments > 0)
        {
            string[] counts =
            [
                Figures.PlainCount(traffic.Tcp.Segments, "segment"),
                Figures.PlainCount(traffic.Tcp.Retransmissions, "retransmission"),
                $"{traffic.Tcp.OutOfOrder} out of order",
                Figures.PlainCount(traffic.Tcp.Gaps, "gap"),
                Figures.PlainCount(traffic.Tcp.DuplicateAcks, "duplicate ack"),
                Figures.PlainCount(traffic.Tcp.ZeroWindows, "zero window"),
            ];
            output.WriteLine($"TCP: {string.Join(", ", counts)}");
        }

        output.WriteLine();
        Protocols(traffic, traffic.Protocols, traffic.Duration, int.MaxValue).Write(output);
        output.WriteLine();
        Conversations(traffic).Write(output);
    }

    /// <summary>Volume and rates in a line.</summary>
    /// <param name="volume">What went by.</param>
    /// <param name="seconds">In this time; without any there are no rates.</param>
    public static string Headline(Volume volume, double seconds) => seconds > 0
        ? string.Create(CultureInfo.InvariantCulture,
            $"{Figures.PlainCount(volume.Frames, "frame")}, {Figures.PlainCount(volume.Bytes, "byte")} in {seconds:0.000} s: "
                + $"{volume.Frames / seconds:0.0} frames/s, "
                + $"{volume.Bytes * BitsPerByte / Million / seconds:0.000} Mbit/s")
        : $"{Figures.PlainCount(volume.Frames, "frame")}, {Figures.PlainCount(volume.Bytes, "byte")}";

    /// <summary>A row for each protocol that occurred.</summary>
    /// <param name="traffic">For the totals.</param>
    /// <param name="volumes">By protocol, of the time looked at.</param>
    /// <param name="seconds">The time looked at.</param>
    /// <param name="rows">Most rows to print.</param>
    public static Table Protocols(TrafficCounter traffic, ReadOnlySpan<Volume> volumes, double seconds, int rows)
    {
        Table table = new("protocol", "frames/s", "bytes/s", "frames", "bytes", "of bytes");
        int[] order = [.. Enumerable.Range(0, volumes.Length)];
        long[] sizes = [.. volumes.ToArray().Select(volume => -volume.Bytes)];
        Array.Sort(sizes, order);
        foreach (int protocol in order.TakeWhile((_, i) => sizes[i] < 0).Take(rows))
        {
            Volume total = traffic.Protocols[protocol];
            table.Add(CountedProtocols.Name(protocol), Rate(volumes[protocol].Frames, seconds),
                Rate(volumes[protocol].Bytes, seconds),
                Whole(total.Frames), Whole(total.Bytes),
                string.Create(CultureInfo.InvariantCulture, $"{100.0 * total.Bytes / traffic.Total.Bytes:0.0} %"));
        }

        return table;
    }

    /// <summary>A row for each of the largest conversations, and one for all others.</summary>
    private static Table Conversations(TrafficCounter traffic)
    {
        Table table = new("conversation", "protocol", "frames >", "bytes >", "frames <", "bytes <", "seconds");
        Conversation[] largest = [.. traffic.Conversations.Entries.ToArray().OrderByDescending(one => one.Total.Bytes)
            .Take(MostRows)];
        foreach (Conversation one in largest)
        {
            (string first, string second) = one.Key.Ends();
            table.Add($"{first} <> {second}", ProtocolName(one.Key), Whole(one.There.Frames), Whole(one.There.Bytes),
                Whole(one.Back.Frames),
                Whole(one.Back.Bytes), string.Create(CultureInfo.InvariantCulture, $"{one.End - one.Start:0.000}"));
        }

        long others = traffic.Conversations.Count - largest.Length + traffic.Conversations.OtherCount;
        if (others > 0)
        {
            Volume rest = largest.Aggregate(traffic.Total - traffic.Unaddressed, (left, one) => left - one.Total);
            table.Add(Figures.PlainCount(others, "other"), "", Whole(rest.Frames), Whole(rest.Bytes), "", "", "");
        }

        return table;
    }

    /// <summary>
    /// The rows of <c>--top</c>: conversations by what they moved since the last interval, and one for all others.
    /// </summary>
    public static Table Busiest(TrafficCounter traffic, Volume interval, double seconds, int rows)
    {
        Table table = new("conversation", "protocol", "frames/s", "bytes/s", "frames", "bytes");
        Conversation[] busy = [.. traffic.Conversations.Entries.ToArray().Where(one => one.Total.Frames > one.Before.Frames)
            .OrderByDescending(one => one.Total.Bytes - one.Before.Bytes)];
        Volume rest = interval;
        foreach (Conversation one in busy.Take(rows))
        {
            (string first, string second) = one.Key.Ends();
            Volume moved = one.Total - one.Before;
            rest -= moved;
            table.Add($"{first} <> {second}", ProtocolName(one.Key), Rate(moved.Frames, seconds), Rate(moved.Bytes, seconds),
                Whole(one.Total.Frames),
                Whole(one.Total.Bytes));
        }

        if (rest.Frames > 0)
        {
            table.Add("all others", "", Rate(rest.Frames, seconds), Rate(rest.Bytes, seconds), "", "");
        }

        return table;
    }

    /// <summary>The name of what two ends talk.</summary>
    public static string ProtocolName(in ConversationKey key) => key.Version is 4 or 6 ? CountedProtocols.Name(key.Protocol)
        : "link layer";

    private static string Rate(long count, double seconds) =>
        seconds > 0 ? string.Create(CultureInfo.InvariantCulture, $"{count / seconds:0.0}") : "-";

    private static string Whole(long count) => count.ToString(CultureInfo.InvariantCulture);
}
