using NetTools.Packets;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Report;

/// <summary>Several printers, one after the other.</summary>
internal sealed class ReportList(params IFrameReport[] printers) : IFrameReport
{
    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        foreach (IFrameReport printer in printers)
        {
            printer.Print(number, captured, frame);
        }
    }

    /// <inheritdoc/>
    public void Idle()
    {
        foreach (IFrameReport printer in printers)
        {
            printer.Idle();
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        foreach (IFrameReport printer in printers)
        {
            printer.End();
        }
    }
}
