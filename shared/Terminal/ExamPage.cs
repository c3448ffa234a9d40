namespace NetTools.Terminal;

/// <summary>A page for a browser that a teacher hands back: everything in one file, no script.</summary>
public static class ExamPage
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
          color: #1a1a1a; background: #fff; }
        h1 { font-size: 1.4rem; } table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #ccc; }
        td p { margin: .3rem 0 0; } .passed { color: #14692b; } .failed { color: #a51d1d; font-weight: bold; }
        .other { color: #555; }
        code { font-family: ui-monospace, monospace; }
        @media (prefers-color-scheme: dark) { body { color: #e8e8e8; background: #16181c; } th, td { border-color: #444; }
          .passed { color: #6fcf87; } .failed { color: #ff8a80; } .other { color: #aaa; } }
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(Output output, ExamSheet sheet)
    {
        string subject = Escape.Html(sheet.Subject);
        output.WriteLine("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">");
        output.WriteLine("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        output.WriteLine($"<title>{subject}: {Escape.Html(sheet.Verdict)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>");
        output.WriteLine($"<h1>{subject}</h1>\n<p>{Escape.Html(sheet.Verdict)}. The first trial that failed names the fault; "
            + "later ones may fail with it.</p>");
        output.WriteLine("<table>\n<thead><tr><th>trial</th><th>outcome</th><th>what was seen</th></tr></thead>\n<tbody>");
        foreach (ExamResult result in sheet.Results)
        {
            string kind = result.Passed == true ? "passed" : result.Passed == false && result.IsRequired ? "failed" : "other";
            string why = result.Passed != false ? ""
                : $"<p>Usually: {Escape.Html(result.Trial.Cause)}.</p><p>See {Escape.Html(result.Trial.See)}</p>";
            output.WriteLine($"<tr><td><code>{Escape.Html(result.Trial.Name)}</code></td><td class=\"{kind}\">"
                + $"{ExamSheet.Word(result)}</td><td>{Escape.Html(result.Seen)}{why}</td></tr>");
        }

        output.WriteLine($"</tbody>\n</table>\n<p class=\"other\">{ErrorLine.Tool} {Command.Version}, "
            + $"{JsonHead.Time(DateTimeOffset.UtcNow)}</p>\n</body>\n</html>");
    }
}
