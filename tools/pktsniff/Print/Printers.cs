using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Print;

/// <summary>Makes the printers that were asked for.</summary>
internal static class Printers
{
    /// <summary>The printer, or null when nothing is to be printed.</summary>
    /// <exception cref="NetTools.Os.LibcException">The file to plot from cannot be created.</exception>
    public static IFramePrinter? Create(PrintSettings settings)
    {
        Output output = Output.Standard;
        IFramePrinter? printer = settings.Summary ? new SummaryPrinter(output, settings.Json)
            : settings.Top ? new TopPrinter(output, settings.Interval, output.IsTerminal ? output.WindowSize : null)
            : !settings.Frames ? null
            : settings.Json ? new JsonPrinter(output)
            : settings.Fields is { Count: > 0 } names ? new FieldsPrinter(output, names)
            : new TextPrinter(output, settings.Style with { Colors = settings.Colors ?? WantsColors(output) });
        if (settings.PlotFile is null)
        {
            return printer;
        }

        PlotPrinter plot = new(new OutputFile(settings.PlotFile), settings.Interval);
        plot.Begin();
        return printer is null ? plot : new PrinterList(printer, plot);
    }

    /// <summary>On a terminal that can, unless its user objects: https://no-color.org.</summary>
    private static bool WantsColors(Output output) => output.IsTerminal
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or null);
}
