using System.Globalization;
using System.Text;
using NetTools.Os;
using NetTools.RawPing.Ping;

namespace NetTools.RawPing.Sweep;

/// <summary>Reads a file of hosts, one a line, without keeping more than a line of it: it may be a device or an image.</summary>
internal static class HostFile
{
    private const int LongestLine = 4096;

    /// <summary>The first word of each line, as the file is read; comments from # on and empty lines are left out.</summary>
    /// <param name="path">The file, or <c>-</c> for standard input.</param>
    /// <exception cref="OperationFailedException">It cannot be read, or has a line that no host can have.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using UserBytes file = new(path);
        byte[] buffer = new byte[LongestLine];
        List<byte> line = [];
        int number = 1;
        for (int length = file.Read(buffer); ; length = file.Read(buffer))
        {
            for (int i = 0; i < length; i++)
            {
                if (buffer[i] != '\n')
                {
                    line.Add(buffer[i]);
                    Check(line.Count <= LongestLine, path, number);
                    continue;
                }

                if (HostOf(line) is string host)
                {
                    yield return host;
                }

                line.Clear();
                number++;
            }

            if (length < buffer.Length)
            {
                break;
            }
        }

        if (HostOf(line) is string last)
        {
            yield return last;
        }
    }

    // What follows the first word is a comment.
    private static string? HostOf(List<byte> line)
    {
        string text = Encoding.UTF8.GetString([.. line]).Split('#', 2)[0];
        return text.Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries) is [string host, ..] ? host : null;
    }

    private static void Check(bool condition, string path, int line)
    {
        if (!condition)
        {
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture,
                $"reading {path}: line {line} is longer than {LongestLine} characters"));
        }
    }
}
