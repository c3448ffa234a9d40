using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>One JSON object per frame. Layers that are absent are left out.</summary>
/// <param name="output">Where the lines go.</param>
internal sealed class JsonReport(Output output) : IFrameReport
{
    private readonly JsonLines _lines = new(output);
    private readonly JsonFieldWriter _writer = new();
    private readonly FrameFields _fields = new();

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        _writer.Use(_lines.Begin());
        _fields.Write(_writer, number, captured, frame);
        _lines.End();
    }
}
