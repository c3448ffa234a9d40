using System.Globalization;

namespace NetTools.Terminal;

/// <summary>JUnit XML, as CI servers read it. A trial that is only noted, or was not tried, is a skipped one.</summary>
public static class ExamJunit
{
    /// <summary>Writes the report.</summary>
    public static void Write(Output output, ExamSheet sheet)
    {
        string suite = Escape.Html($"{ErrorLine.Tool} check");
        int skipped = sheet.NotTried + sheet.NotedFailed;
        string counts = string.Create(CultureInfo.InvariantCulture,
            $"tests=\"{sheet.Results.Count}\" failures=\"{sheet.Failed}\" errors=\"0\" ")
            + string.Create(CultureInfo.InvariantCulture, $"skipped=\"{skipped}\" time=\"{Total(sheet):F3}\"");
        output.WriteLine("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        output.WriteLine($"<testsuites {counts}>\n<testsuite name=\"{Escape.Html(sheet.Subject)}\" {counts}>");
        foreach (ExamResult result in sheet.Results)
        {
            string seen = Escape.Html(result.Seen);
            string time = result.Seconds.ToString("F3", CultureInfo.InvariantCulture);
            output.WriteLine($"<testcase classname=\"{suite}\" name=\"{Escape.Html(result.Trial.Name)}\" time=\"{time}\">");
            output.WriteLine((result.Passed, result.IsRequired) switch
            {
                (true, _) => $"<system-out>{seen}</system-out>",
                (false, true) => $"<failure message=\"{seen}\">usually: {Escape.Html(result.Trial.Cause)}\nsee "
                    + $"{Escape.Html(result.Trial.See)}</failure>",
                _ => $"<skipped message=\"{seen}\"/>",
            });
            output.WriteLine("</testcase>");
        }

        output.WriteLine("</testsuite>\n</testsuites>");
    }

    private static double Total(ExamSheet sheet) => sheet.Results.Sum(result => result.Seconds);
}
