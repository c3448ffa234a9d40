using System.Runtime.InteropServices;
using Tmds.Linux;

namespace NetTools.RawPing.Trace;

/// <summary>Single keys from the terminal on standard input: termios(3), without echo and line editing.</summary>
internal sealed unsafe class Keyboard : IDisposable
{
    // asm-generic/termbits.h, struct termios of the kernel, the same on x86-64 and arm64.
    private const ulong Get = 0x5401; // TCGETS
    private const ulong Set = 0x5402; // TCSETS
    private const uint Canonical = 2; // ICANON
    private const uint Echo = 8; // ECHO

    private Termios _before;
    private readonly bool _changed;

    public Keyboard()
    {
        Termios now;
        if (LibC.ioctl(0, (int)Get, &now) != 0)
        {
            return;
        }

        _before = now;
        now.LocalFlags &= ~(Canonical | Echo);
        _changed = LibC.ioctl(0, (int)Set, &now) == 0;
    }

    /// <summary>True when standard input is a terminal.</summary>
    public static bool IsTerminal => LibC.isatty(0) == 1;

    /// <summary>The next key, or 0 when none was pressed.</summary>
    public static byte Next()
    {
        pollfd input = new() { fd = 0, events = LibC.POLLIN };
        byte key = 0;
        return LibC.poll(&input, 1, 0) > 0 && (nint)LibC.read(0, &key, 1) == 1 ? key : (byte)0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Termios before = _before;
        _ = _changed && LibC.ioctl(0, (int)Set, &before) == 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Termios
    {
        public uint InputFlags;
        public uint OutputFlags;
        public uint ControlFlags;
        public uint LocalFlags;
        public byte Discipline;
        public fixed byte Characters[19];
    }
}
