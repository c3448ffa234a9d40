using NetTools.Os;
using NetTools.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Load;

/// <summary>
/// How a run begins when others decide: it says on --ready-fd that its connections are open, then waits, with --start-at -,
/// for a line on standard input.
/// </summary>
/// <param name="ready">Where to say so.</param>
/// <param name="waits">Whether a line is waited for.</param>
internal sealed unsafe class StartLine(ReadySignal ready, bool waits)
{
    private const int StandardInput = 0;
    private const int Most = 256; // bytes looked at together; what a line says does not matter

    /// <summary>The connections are open.</summary>
    public void Ready() => ready.Send();

    /// <summary>In a forked child, whose parent gives the start.</summary>
    public void Leave() => ready.Close();

    /// <summary>A line is still waited for.</summary>
    public bool Waits { get; private set; } = waits;

    /// <summary>The input ended without a line: nobody is there to give the start.</summary>
    public bool Missing { get; private set; }

    /// <summary>What poll(2) is to watch: -1 when nothing is waited for.</summary>
    public pollfd Watched => new() { fd = Waits ? StandardInput : -1, events = (short)POLLIN };

    /// <summary>Reads what there is; call it when poll(2) has reported something.</summary>
    public void Read()
    {
        byte* bytes = stackalloc byte[Most];
        nint count = (nint)read(StandardInput, bytes, Most);
        if (count > 0)
        {
            Waits = !new ReadOnlySpan<byte>(bytes, (int)count).Contains((byte)'\n');
        }
        else if (count == 0 || (Errno.Last != EINTR && Errno.Last != EAGAIN))
        {
            (Waits, Missing) = (false, true);
        }
    }
}
