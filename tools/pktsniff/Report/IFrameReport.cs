using NetTools.Packets;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Report;

/// <summary>Prints frames one by one.</summary>
internal interface IFrameReport
{
    /// <summary>Prints a frame.</summary>
    /// <param name="number">Counted from 1.</param>
    /// <param name="captured">The frame as it came.</param>
    /// <param name="frame">The frame decoded.</param>
    void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame);

    /// <summary>No frame is there for now.</summary>
    void Idle()
    {
    }

    /// <summary>No frame will come any more.</summary>
    void End()
    {
    }
}
