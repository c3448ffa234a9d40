using NetTools.RawPing.Ping;
using NetTools.RawPing.Report;
using NetTools.RawPing.Trace;
using NetTools.RawPing.Wire;
using Xunit;

namespace NetTools.Tests.RawPing;

public class TraceReportTests
{
    private static readonly HostAddress s_host = HostAddress.From(System.Net.IPAddress.Parse("192.0.2.1"));

    [Fact]
    public void Labels_do_not_widen_the_column_of_hosts()
    {
        TraceResults results = new(Settings());
        results.Of(1).Sent = 1;
        results.Of(1).Add(s_host, 1_000_000, null, [new MplsLabel(12345, 0, true, 1)]);
        string[] lines = [.. new TraceReport(HostNames.None).Lines(results)];
        Assert.StartsWith("hop host       loss %", lines[0]);
        Assert.StartsWith("  1 192.0.2.1       0     1  1.000", lines[1]);
        Assert.Equal("    [MPLS: label 12345 class 0 bottom 1 TTL 1]", lines[2]);
    }

    [Fact]
    public void In_a_narrow_window_names_are_cut_and_figures_stay()
    {
        const string Name = "a-router-with-a-long-name.in-a-network-with-a-long-name.test";
        TraceResults results = new(Settings());
        results.Of(1).Sent = 1;
        results.Of(1).Add(s_host, 1_000_000, null, []);
        TraceReport report = new(new HostNames([$"192.0.2.1 {Name}"]));
        Assert.Contains(Name, report.Lines(results).ElementAt(1));
        string[] lines = [.. report.Lines(results, 110).Take(2)];
        Assert.Equal(110, lines.Max(line => line.Length));
        Assert.Matches("^  1 a-router-with-.* 0 +1 .* 1.000 ", lines[1]);
    }

    [Fact]
    public void A_table_of_commas_has_labels_and_why_the_path_ended()
    {
        TraceResults results = new(Settings());
        results.Of(1).Sent = 1;
        results.Of(1).Add(s_host, 1_000_000, null, [new MplsLabel(12345, 2, true, 1), new MplsLabel(6, 0, false, 255)]);
        results.Of(2).Sent = 2;
        results.Of(2).Lost = 2;
        Assert.Equal(
            [
                "1,192.0.2.1,0,1,1,1.000,1.000,1.000,1.000,0.000,0.000,1.000,1.000,1.000,,0,12345/2/1/1 6/0/0/255,silent",
                "2,,100,2,0,,,,,,,,,,,0,,silent",
            ],
            CsvReport.Lines(results).Skip(1));
        Assert.Equal(CsvReport.Lines(results).First().Count(c => c == ','), CsvReport.Lines(results).Last().Count(c => c == ','));
    }

    [Fact]
    public void The_error_that_ends_a_path_is_the_last_one()
    {
        TraceResults results = new(Settings());
        Hop hop = results.Of(1);
        foreach (string sign in (string[])["!X", "!N"])
        {
            hop.Sent++;
            hop.Add(s_host, 1_000_000, null, []);
            hop.Fail(sign);
            hop.LastAnswer = TraceAnswer.Refused;
        }

        results.Rounds = 2;
        Assert.Equal("192.0.2.9 not reached: !N from hop 1", new TraceReport(HostNames.None).Lines(results).Last());
    }

    private static TraceSettings Settings()
    {
        Target target = new("192.0.2.9", HostAddress.From(System.Net.IPAddress.Parse("192.0.2.9")));
        return new TraceSettings { Target = target, Base = new PingSettings { Targets = [target] } };
    }
}
