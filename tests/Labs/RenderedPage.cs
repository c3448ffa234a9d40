using System.Globalization;
using System.Text.Json;
using NetTools.Tests.Support;

namespace NetTools.Tests.Labs;

/// <summary>A page as headless Chromium lays it out at a width, looked at by a script that is not part of it.</summary>
internal static class RenderedPage
{
    // What is wider than the window, text cut off by its box or outside its drawing, and cells too narrow for their words.
    private const string Script = """
        function look(frame) {
          const page = frame.contentDocument, view = frame.contentWindow, faults = [];
          const text = element => (element.textContent || '').trim().slice(0, 60);
          const say = (what, element) => faults.push(what + ': <' + element.tagName + '> ' + text(element));
          const wide = page.documentElement.scrollWidth;
          if (wide > view.innerWidth) faults.push('the page is ' + wide + ' pixels wide');
          for (const element of page.body.querySelectorAll('*')) {
            const box = element.getBoundingClientRect(), style = view.getComputedStyle(element);
            if (box.width === 0 || box.height === 0) continue;
            if (box.right > view.innerWidth + 1 || box.left < -1) say('outside the window', element);
            const drawn = element instanceof view.SVGElement;
            if (!drawn && style.overflowX !== 'visible' && element.scrollWidth > element.clientWidth + 1) say('cut off', element);
            if (element.tagName === 'text') {
              const svg = element.closest('svg').getBoundingClientRect();
              const inside = box.left >= svg.left - 1 && box.right <= svg.right + 1
                && box.top >= svg.top - 1 && box.bottom <= svg.bottom + 1;
              if (!inside) say('outside its drawing', element);
              if (box.height < 6) say('too small to read', element);
            }
          }
          return { width: view.innerWidth, height: page.documentElement.scrollHeight, faults };
        }
        """;

    /// <summary>The faults of a page, each in words.</summary>
    /// <param name="file">The page; a file beside it is written and removed.</param>
    /// <param name="width">Of the window, CSS pixels.</param>
    public static string[] Faults(string file, int width)
    {
        using TempFolder folder = new();
        string wrapper = folder.File("wrapper.html");
        File.WriteAllText(wrapper, string.Create(CultureInfo.InvariantCulture, $$"""
            <!DOCTYPE html><body style="margin:0">
            <iframe id="page" src="file://{{file}}" style="border:0;width:{{width}}px;height:2000px"></iframe>
            <script>{{Script}}
            document.getElementById('page').onload =
              event => document.body.setAttribute('data-seen', JSON.stringify(look(event.target)));
            </script></body>
            """));
        ToolResult result = ToolProcess.RunCommand("chromium",
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-web-security",
                "--allow-file-access-from-files", "--enable-logging=stderr",
                $"--user-data-dir={folder.File("profile")}", "--window-size=1400,2100", "--virtual-time-budget=5000",
                "--dump-dom", $"file://{wrapper}",
            ], new() { Timeout = TimeSpan.FromSeconds(90) });
        int start = result.Output.IndexOf("data-seen=\"", StringComparison.Ordinal);
        if (start < 0)
        {
            return [$"the page was not laid out: {result}"];
        }

        start += "data-seen=\"".Length;
        string seen = System.Net.WebUtility.HtmlDecode(result.Output[start..result.Output.IndexOf('"', start)]);
        JsonElement json = JsonDocument.Parse(seen).RootElement;
        string[] console = [.. result.Error.Split('\n').Where(line => line.Contains(":CONSOLE", StringComparison.Ordinal))];
        return json.GetProperty("width").GetInt32() == width
            ? [.. json.GetProperty("faults").EnumerateArray().Select(fault => fault.GetString()!), .. console]
            : [$"laid out at {json.GetProperty("width")} pixels"];
    }
}
