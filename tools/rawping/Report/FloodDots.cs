using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.RawPing.Report;

/// <summary>
/// The dots of a flood. A terminal sees them as they come, though no more than 200 times a second, which no eye can
/// tell from always; a file or a pipe gets them in large blocks, so that they cost the flood nothing.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="fast">Thousands may come in a second; else each is written at once.</param>
internal sealed class FloodDots(Output output, bool fast)
{
    private const long Pause = 5 * TimeUnits.Millisecond;

    private readonly bool _live = output.IsTerminal;
    private long _flushed;

    /// <param name="text">A dot, or what takes it back or overwrites it.</param>
    /// <param name="atOnce">Nothing may follow for a while.</param>
    public void Add(ReadOnlySpan<byte> text, bool atOnce = false)
    {
        output.Write(text);
        if (!_live)
        {
            return;
        }

        long now = Clock.Nanoseconds;
        if (atOnce || !fast || now - _flushed >= Pause)
        {
            _flushed = now;
            output.Flush();
        }
    }
}
