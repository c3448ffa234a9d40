using System.Globalization;
using System.Text;
using NetTools.Os;

namespace NetTools.RawPing.Sweep;

/// <summary>Reads a file of hosts, one a line; what is not such a file (a device, an image) does not fill the memory.</summary>
internal static class HostFile
{
    private const int LongestLine = 4096;

    /// <summary>The hosts, one after the other as the file is read; comments from # on and empty lines are left out.</summary>
    /// <param name="path">The file, or <c>-</c> for standard input.</param>
    /// <exception cref="OperationFailedException">It cannot be read, or has a line that no host can have.</exception>
    public static IEnumerable<string> Read(string path)
    {
        using StreamReader reader = Open(path);
        StringBuilder line = new();
        int number = 1;
        for (int letter = 0; letter >= 0;)
        {
            letter = Next(reader, path);
            if (letter >= 0 && letter != '\n')
            {
                line.Append((char)letter);
                Check(line.Length <= LongestLine, path, number);
                continue;
            }

            string host = line.ToString().Split('#', 2)[0].Trim();
            line.Clear();
            number++;
            if (host.Length > 0)
            {
                yield return host;
            }
        }
    }

    private static StreamReader Open(string path)
    {
        try
        {
            return new StreamReader(path == "-" ? "/dev/stdin" : path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OperationFailedException($"reading {path}: {e.Message}");
        }
    }

    private static int Next(StreamReader reader, string path)
    {
        try
        {
            return reader.Read();
        }
        catch (IOException e)
        {
            throw new OperationFailedException($"reading {path}: {e.Message}");
        }
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
