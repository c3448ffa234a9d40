using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Labs;

/// <summary>
/// The report's page with made-up sections, laid out by a browser: wide tables, long words and commands, drawings.
/// </summary>
[Collection("lab")]
public sealed class LabPageTests
{
    private const string Section = """
        set -euo pipefail
        . "$LIB/common.sh"
        . "$LIB/report.sh"
        RAW=$REPORT/lab1
        begin_section lab1 "Lab 1: made up"
        heading "A wide table"
        question "Does it fit?"
        repeat_with "a-command --with-an-option=that-does-not-end-soon/and/goes/on/and/on/and/on/until/it/is/far/wider/\
        than/a/phone"
        {
          printf 'server\tclient\trequests/s\tconnections/s\tp50 ms\tp99 ms\tfailed\tpeak open\tinterval\n'
          printf '!epoll\tepollecho load\t1234567\t12345.6\t-\t99\t0\t1000\t12345.6 to 23456.7\n'
        } | table
        { printf 'kind\tframes\n'; printf '!ICMPv6 type 128 code 0 <b> & "quoted"\t12345\n'; } | table
        { printf 'process\tport\n'; printf '21098\t8080\n'; } | table
        { echo 'set logscale x; set xlabel "milliseconds (logarithmic)"; set ylabel "of the answers had come"'
          echo 'plot x with lines title "1,000 connections", 2*x with lines title "epollecho load, epoll", x**2 title "a third"'
        } | plot drawing "A drawing"
        seq 1000000 1000040 | paste -sd, - | output_of
        meaning "It was $(figure 1234567.891 2) and not $(figure -0.0001 2); $(bytes_each -5), $(bytes_each 5), \
        $(bytes_each 5000)."
        end_section
        """;

    [LabFact(Needs.Chromium, Needs.Gnuplot)]
    public void Nothing_is_cut_off_on_a_phone_or_a_desk()
    {
        using TempFolder folder = new();
        string page = Write(folder);
        Assert.Empty(RenderedPage.Faults(page, 390));
        Assert.Empty(RenderedPage.Faults(page, 1280));
    }

    [LabFact(Needs.Chromium)]
    public void A_page_that_overflows_or_complains_is_found()
    {
        using TempFolder folder = new();
        File.WriteAllText(folder.File("wide.html"), "<body><div style='width:900px'>wide</div>"
            + "<p style='width:40px;overflow:hidden;white-space:nowrap'>cut off here</p></body>");
        string[] faults = RenderedPage.Faults(folder.File("wide.html"), 390);
        Assert.Contains(faults, fault => fault.StartsWith("the page is", StringComparison.Ordinal));
        Assert.Contains(faults, fault => fault.StartsWith("cut off: <P>", StringComparison.Ordinal));
        File.WriteAllText(folder.File("error.html"), "<body><script>nothing.there()</script></body>");
        Assert.Contains(RenderedPage.Faults(folder.File("error.html"), 390), fault =>
            fault.Contains("CONSOLE", StringComparison.Ordinal));
    }

    [LabFact(Needs.Gnuplot)]
    public void Numbers_are_written_for_people()
    {
        using TempFolder folder = new();
        Write(folder);
        string report = File.ReadAllText(folder.File("report/report.md"));
        Assert.Contains("| epoll | epollecho load | 1,234,567 | 12,345.6 | - | 99 | 0 | 1,000 | 12,345.6 to 23,456.7 |", report,
            StringComparison.Ordinal);
        Assert.Contains("| 21098 | 8080 |", report, StringComparison.Ordinal); // names, not amounts
        Assert.Contains("It was 1,234,567.89 and not 0.00; not measurable, below 200, 5,000.", report, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt; &amp; &quot;quoted&quot;", File.ReadAllText(folder.File("report/index.html")),
            StringComparison.Ordinal);
    }

    /// <summary>Writes the report of the made-up section; its page.</summary>
    private static string Write(TempFolder folder)
    {
        string report = Directory.CreateDirectory(folder.File("report")).FullName;
        Directory.CreateDirectory(Path.Combine(report, "lab1"));
        string scripts = Path.Combine(Repository.Root, "scripts");
        RunOptions options = new()
        {
            Environment = new Dictionary<string, string?> { ["REPORT"] = report, ["LIB"] = Path.Combine(scripts, "lib") },
            Timeout = TimeSpan.FromMinutes(1),
        };
        ToolProcess.RunCommand("bash", ["-c", Section], options).Expect(0);
        ToolProcess.RunCommand("bash", [Path.Combine(scripts, "report.sh")], options).Expect(0);
        return Path.Combine(report, "index.html");
    }
}
