using System.Globalization;
using NetTools.EpollEcho.Serve;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Report;

/// <summary>What a server reports, as text.</summary>
internal static class ServeTextReport
{
    /// <summary>The line of an instance that listens, and a line for each socket option that the kernel changed.</summary>
    public static void Write(Output output, ListeningNotice notice)
    {
        string model = notice.Model == "epoll" ? $"epoll ({notice.Trigger}-triggered)" : notice.Model;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"listening on {notice.Address}: {notice.Protocol}, {model}, instance {notice.Instance}, pid {notice.Pid}"));
        foreach (EffectiveOption option in notice.Options.Where(option => option.Requested != option.Effective))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{option.Name}: {option.Requested} asked for, {option.Effective} in effect"));
        }
    }

    /// <summary>The counts of an instance, a line.</summary>
    public static void Write(Output output, ServeSummary summary)
    {
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"instance {summary.Instance}, pid {summary.Pid}: {Figures.PlainCount(summary.Accepted, "connection")} accepted, "
                + $"{summary.Closed} closed"));
        Add(output, summary.Refused, " refused");
        Add(output, summary.Cut, " cut off while draining");
        Add(output, summary.PeakConnections, " at most", always: true);
        Add(output, summary.UserBytesPerConnection ?? -1, " bytes of our own memory for each",
            always: summary.UserBytesPerConnection >= 0);
        output.Write(string.Create(CultureInfo.InvariantCulture, $"; {Figures.PlainCount(summary.BytesReceived, "byte")} in, "
            + $"{summary.BytesSent} out"));
        Add(output, summary.Requests, " requests");
        Add(output, summary.Ignored,
            " datagrams not answered (source port below 1024 or the server's own, or another interface)");
        string errors = string.Join(", ",
            summary.Errors.Select(error => string.Create(CultureInfo.InvariantCulture, $"{error.Key} {error.Value}")));
        output.WriteLine($"; errors: {(errors.Length == 0 ? "none" : errors)}");
    }

    /// <summary>A live line.</summary>
    public static void Write(Output output, StatsLine stats)
    {
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"instance {stats.Instance}: {Figures.PlainCount(stats.Connections, "connection")}, "
                + $"{stats.NewPerSecond:N0} new/s, "));
        output.Write(string.Create(CultureInfo.InvariantCulture,
            $"{stats.BytesInPerSecond / 1e6:N1} MB/s in, {stats.BytesOutPerSecond / 1e6:N1} out, "));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{stats.RequestsPerSecond:N0} requests/s, longest turn {stats.LagMs:F2} ms"));
    }

    private static void Add(Output output, long count, string what, bool always = false)
    {
        if (count > 0 || always)
        {
            output.Write(string.Create(CultureInfo.InvariantCulture, $", {count}{what}"));
        }
    }
}
