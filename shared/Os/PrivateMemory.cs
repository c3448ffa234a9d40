namespace NetTools.Os;

/// <summary>How much memory this process has to itself, from /proc/self/smaps_rollup.</summary>
public static unsafe class PrivateMemory
{
    /// <summary>
    /// The bytes in pages that are this process's alone and written to (Private_Dirty), or -1 where /proc is not mounted.
    /// Allocates nothing, so a forked child may ask.
    /// </summary>
    public static long Read()
    {
        const int Room = 2048;
        byte* text = stackalloc byte[Room];
        return Parse(new ReadOnlySpan<byte>(text, Math.Max(ProcFile.Read("/proc/self/smaps_rollup\0"u8, text, Room), 0)));
    }

    /// <summary>The Private_Dirty line of a smaps_rollup, in bytes, or -1.</summary>
    public static long Parse(ReadOnlySpan<byte> rollup)
    {
        ReadOnlySpan<byte> name = "Private_Dirty:"u8;
        int at = rollup.IndexOf(name);
        if (at < 0)
        {
            return -1;
        }

        rollup = rollup[(at + name.Length)..].TrimStart((byte)' ');
        return System.Buffers.Text.Utf8Parser.TryParse(rollup, out long kilobytes, out _) ? kilobytes * 1024 : -1;
    }
}
