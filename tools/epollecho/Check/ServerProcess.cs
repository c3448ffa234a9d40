using System.Globalization;

namespace NetTools.EpollEcho.Check;

/// <summary>The process of the server that is examined, as /proc shows it (proc(5)).</summary>
/// <param name="pid">Its number.</param>
internal sealed class ServerProcess(int pid)
{
    private const double SecondsPerTick = 0.01; // USER_HZ is 100 on every architecture .NET knows

    /// <summary>True while it runs.</summary>
    public bool Lives => Stat() is string stat && stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');

    /// <summary>How many descriptors it has open, or null when that cannot be read.</summary>
    public int? Descriptors()
    {
        try
        {
            return Directory.GetFileSystemEntries($"/proc/{pid}/fd").Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>CPU time used by all its threads, seconds, or null when it is gone.</summary>
    public double? CpuSeconds()
    {
        if (Stat() is not string stat)
        {
            return null;
        }

        // The name may hold blanks and brackets; utime and stime are the 12th and 13th field behind it.
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        long user = long.Parse(fields[11], CultureInfo.InvariantCulture);
        long system = long.Parse(fields[12], CultureInfo.InvariantCulture);
        return (user + system) * SecondsPerTick;
    }

    private string? Stat()
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
