using NetTools.Packets;
using NetTools.PktSniff.Capture;

namespace NetTools.PktSniff.Print;

/// <summary>Several printers, one after the other.</summary>
internal sealed class PrinterList(params IFramePrinter[] printers) : IFramePrinter
{
    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame)
    {
        foreach (IFramePrinter printer in printers)
        {
            printer.Print(number, captured, frame);
        }
    }

    /// <inheritdoc/>
    public void Idle()
    {
        foreach (IFramePrinter printer in printers)
        {
            printer.Idle();
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        foreach (IFramePrinter printer in printers)
        {
            printer.End();
        }
    }
}
