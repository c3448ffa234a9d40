using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// One protocol: finds its message in a frame, prints it, writes it as fields, and names those fields. To add one, derive a class
/// and add a line to <see cref="ProtocolTable"/>. Instances keep no state and allocate nothing.
/// </summary>
internal abstract class Protocol
{
    /// <summary>The name in <c>--summary</c> and <c>--top</c>.</summary>
    public abstract string Name { get; }

    /// <summary>Names of all fields that <see cref="WriteFields"/> can write, in the order of <c>--fields list</c>.</summary>
    public abstract string[] FieldNames { get; }

    /// <summary>True when the frame is counted as this protocol's.</summary>
    public abstract bool IsIn(scoped in DecodedFrame frame);

    /// <summary>Adds the message in words.</summary>
    /// <returns>False when there is none that can be read; then nothing was added.</returns>
    public abstract bool WriteText(LineBuffer line, scoped in DecodedFrame frame, TextStyle style);

    /// <summary>Writes the message as an object of fields.</summary>
    /// <returns>False when there is none that can be read; then nothing was written.</returns>
    public abstract bool WriteFields(FieldWriter fields, scoped in DecodedFrame frame);
}
