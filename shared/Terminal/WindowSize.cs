using Tmds.Linux;

namespace NetTools.Terminal;

/// <summary>The size of a terminal in characters, ioctl_tty(2).</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Characters in a line.</param>
public readonly record struct WindowSize(int Rows, int Columns)
{
    /// <summary>What a terminal has that does not say: 24 lines of 80.</summary>
    public static readonly WindowSize Usual = new(24, 80);

    /// <summary>The size of the terminal behind a descriptor, or <see cref="Usual"/>.</summary>
    public static unsafe WindowSize Of(int descriptor)
    {
        ushort* size = stackalloc ushort[4]; // struct winsize: rows, columns, and two unused
        bool known = LibC.ioctl(descriptor, LibC.TIOCGWINSZ, size) == 0 && size[0] > 1 && size[1] > 1;
        return known ? new WindowSize(size[0], size[1]) : Usual;
    }
}
