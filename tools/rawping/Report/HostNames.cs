using System.Net;

namespace NetTools.RawPing;

/// <summary>
/// Names of hosts that answer, from /etc/hosts alone: it is read once, before the first request, and no name server's
/// silence can then delay a request or a line.
/// </summary>
internal sealed class HostNames
{
    /// <summary>No names at all.</summary>
    public static readonly HostNames None = new([]);

    private readonly Dictionary<HostAddress, string> _names = [];

    /// <param name="lines">Of a hosts(5) file: an address, its name, its aliases; the first line for an address counts.</param>
    public HostNames(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            string[] words = line.Split('#', 2)[0].Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && IPAddress.TryParse(words[0], out IPAddress? address))
            {
                _names.TryAdd(Key(HostAddress.From(address)), words[1]);
            }
        }
    }

    /// <summary>Reads a file; one that cannot be read has no names.</summary>
    public static HostNames Read(string path)
    {
        try
        {
            return new HostNames(File.ReadLines(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return None;
        }
    }

    /// <summary><c>NAME (ADDRESS)</c>, or the address alone.</summary>
    public string Describe(HostAddress address) =>
        _names.TryGetValue(Key(address), out string? name) ? $"{name} ({address})" : address.ToString();

    private static HostAddress Key(HostAddress address) => address with { Scope = 0 };
}
