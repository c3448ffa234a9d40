namespace NetTools.PktSniff.Link;

/// <summary>Which frames to capture, seen from this machine.</summary>
[Flags]
internal enum FrameDirections
{
    In = 1,
    Out = 2,
    Both = In | Out,
}
