using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.Os;

/// <summary>Pages of the program's own file that are in memory and were never written to.</summary>
/// <remarks>
/// Starting touches more than half of the program, serving a little of it. What was touched stays in the resident set until
/// somebody wants the memory; a program that is to idle for days can give it back at once.
/// </remarks>
public static unsafe class CleanPages
{
    private const int Room = 256 * 1024;

    /// <summary>
    /// Takes them out of the resident set; those that are still used come back from the page cache by a minor fault each.
    /// Mappings with any page of their own (Anonymous in proc_pid_smaps(5)) are left alone, for such a page would lose what was
    /// written. Without /proc it does nothing.
    /// </summary>
    public static void Release()
    {
        byte* text = (byte*)NativeMemory.Alloc(Room);
        foreach ((ulong start, ulong end) in Find(
            new ReadOnlySpan<byte>(text, Math.Max(ProcFile.Read("/proc/self/smaps\0"u8, text, Room), 0))))
        {
            madvise((void*)start, (size_t)(end - start), MADV_DONTNEED);
        }

        NativeMemory.Free(text);
    }

    /// <summary>
    /// The mappings of files without write permission in which no page was written, out of the text of a smaps file.
    /// </summary>
    public static IReadOnlyList<(ulong Start, ulong End)> Find(ReadOnlySpan<byte> smaps)
    {
        List<(ulong Start, ulong End)> found = [];
        (ulong Start, ulong End) mapping = default;
        foreach (System.Range range in smaps.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = smaps[range];
            if (ulong.TryParse(line[..Math.Max(line.IndexOf((byte)'-'), 0)], NumberStyles.AllowHexSpecifier,
                CultureInfo.InvariantCulture, out ulong start))
            {
                mapping = IsReadOnlyFile(line, out ulong end) ? (start, end) : default;
            }
            else if (mapping.End != 0 && line.StartsWith("Anonymous:"u8)
                && Utf8Parser.TryParse(line["Anonymous:"u8.Length..].TrimStart((byte)' '), out long kilobytes, out _)
                    && kilobytes == 0)
            {
                found.Add(mapping);
            }
        }

        return found;
    }

    private static bool IsReadOnlyFile(ReadOnlySpan<byte> line, out ulong end)
    {
        ReadOnlySpan<byte> rest = line[(line.IndexOf((byte)'-') + 1)..];
        return ulong.TryParse(rest[..Math.Max(rest.IndexOf((byte)' '), 0)], NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture, out end)
            && rest[(rest.IndexOf((byte)' ') + 1)..] is [(byte)'r', (byte)'-', _, (byte)'p', ..]
            && rest.Contains((byte)'/'); // a file's name; [vdso] and nameless memory have none
    }
}
