using NetTools.PktSniff.Capture;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>Makes the printers that were asked for.</summary>
internal static class Reports
{
    /// <summary>The printer, or null when nothing is to be printed.</summary>
    /// <exception cref="NetTools.Os.LibcException">The file to plot from cannot be created.</exception>
    public static IFrameReport? Create(PrintSettings settings)
    {
        Output output = Output.Standard;
        IFrameReport? printer = settings.Summary ? new SummaryReport(output, settings.Json)
            : settings.Top ? new TopReport(output, settings.Interval, output.IsTerminal ? output.WindowSize : null)
            : settings.Streams ? new StreamsReport(output, settings.Json)
            : settings.Follow is not null ? new FollowReport(output, settings.Follow, settings.Style.Hex)
            : !settings.Frames ? null
            : settings.Json ? new JsonReport(output)
            : settings.Fields is { Count: > 0 } names ? new FieldsReport(output, names)
            : new TextReport(output, settings.Style
                with
            { Nanoseconds = settings.Nanoseconds, Colors = settings.Colors ?? WantsColors(output) });
        if (settings.PlotFile is null)
        {
            return printer;
        }

        CsvReport plot = new(new OutputFile(settings.PlotFile), settings.Interval);
        plot.Begin();
        return printer is null ? plot : new ReportList(printer, plot);
    }

    /// <summary>On a terminal that can, unless its user objects: https://no-color.org.</summary>
    private static bool WantsColors(Output output) => output.IsTerminal
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);
}
