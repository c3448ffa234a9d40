using NetTools.Os;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Files;

/// <summary>What a reader came to.</summary>
internal enum SavedItem
{
    /// <summary>The end of the file.</summary>
    End,

    /// <summary>A frame.</summary>
    Frame,

    /// <summary>An interface, before its first frame: <see cref="CaptureReader.Origin"/>.</summary>
    Interface,

    /// <summary>A section, before its first interface: <see cref="CaptureReader.Block"/>.</summary>
    Section,

    /// <summary>Another block, to be handed on as it is: <see cref="CaptureReader.Block"/>.</summary>
    Block,
}

/// <summary>Reads a capture file item by item.</summary>
internal abstract class CaptureReader : IDisposable
{
    /// <summary>The interface that was described last.</summary>
    public FrameOrigin Origin { get; protected set; } = null!;

    /// <summary>
    /// The block of a pcapng file that the last item is, as it stands there; good until the next call. Empty in other files.
    /// </summary>
    public virtual ReadOnlySpan<byte> Block => default;

    /// <summary>Frames that the file says were dropped when it was captured, all sections together.</summary>
    public virtual ulong Dropped => 0;

    /// <summary>Goes to the next item.</summary>
    /// <param name="frame">The frame, when it returns <see cref="SavedItem.Frame"/>; its bytes hold until the next call.</param>
    /// <exception cref="OperationFailedException">The file is damaged or cut from here on.</exception>
    public abstract SavedItem Next(ref CapturedFrame frame);

    /// <inheritdoc/>
    public abstract void Dispose();
}
