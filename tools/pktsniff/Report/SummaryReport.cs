using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>Counts frames instead of printing them, and prints tables at the end, or one JSON object.</summary>
/// <param name="output">Where it goes.</param>
/// <param name="json">JSON instead of tables.</param>
internal sealed class SummaryReport(Output output, bool json) : IFrameReport
{
    private readonly TrafficCounter _traffic = new();

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame) =>
        _traffic.Add(captured, frame);

    /// <inheritdoc/>
    public void End()
    {
        if (json)
        {
            TrafficJson.Write(output, _traffic);
        }
        else
        {
            TrafficTables.WriteAll(output, _traffic);
        }
    }
}
