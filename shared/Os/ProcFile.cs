using Tmds.Linux;

namespace NetTools.Os;

/// <summary>Reads files of proc(5) without allocating, so that a forked child may.</summary>
internal static unsafe class ProcFile
{
    /// <summary>Reads a file up to its end or the end of the room.</summary>
    /// <param name="path">The path, with a zero byte at its end.</param>
    /// <param name="text">Where to.</param>
    /// <param name="room">Bytes there.</param>
    /// <returns>The bytes read; -1 where the file cannot be opened: /proc is not mounted.</returns>
    public static int Read(ReadOnlySpan<byte> path, byte* text, int room)
    {
        fixed (byte* name = path)
        {
            int file = LibC.open(name, LibC.O_RDONLY | LibC.O_CLOEXEC, 0);
            if (file < 0)
            {
                return -1;
            }

            int length = 0;
            for (long got = 1; got > 0 && length < room; length += (int)got)
            {
                got = Math.Max((long)(nint)LibC.read(file, text + length, room - length), 0);
            }

            LibC.close(file);
            return length;
        }
    }
}
