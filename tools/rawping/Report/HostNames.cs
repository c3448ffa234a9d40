using System.Net;
using NetTools.RawPing.Wire;
using NetTools.Sockets;

namespace NetTools.RawPing.Report;

/// <summary>
/// Names of hosts that answer: from /etc/hosts, which is read once, before the first request, and else from the name servers.
/// </summary>
internal sealed class HostNames
{
    /// <summary>The system's own: hosts(5).</summary>
    public const string HostsFile = "/etc/hosts";

    /// <summary>No names are wanted.</summary>
    public static readonly HostNames None = new([]);

    private readonly Dictionary<HostAddress, string> _names = [];
    private readonly NameLookups? _lookups;

    /// <param name="lines">Of a hosts(5) file: an address, its name, its aliases; the first line for an address counts.</param>
    /// <param name="lookups">Knows the names of the others, or null.</param>
    public HostNames(IEnumerable<string> lines, NameLookups? lookups = null)
    {
        _lookups = lookups;
        foreach (string line in lines)
        {
            string[] words = line.Split('#', 2)[0].Split((char[]?)null, 3, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 2 && IPAddress.TryParse(words[0], out IPAddress? address))
            {
                _names.TryAdd(Key(HostAddress.From(address)), words[1]);
            }
        }
    }

    /// <summary>The names that the system knows.</summary>
    public static HostNames OfSystem() =>
        Read(HostsFile, new NameLookups(address => Endpoint.NameOf(address.ToIPAddress())));

    /// <summary>Reads a file; one that cannot be read has no names.</summary>
    public static HostNames Read(string path, NameLookups? lookups = null)
    {
        try
        {
            return new HostNames(File.ReadLines(path), lookups);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new HostNames([], lookups);
        }
    }

    /// <summary>
    /// As ping: <c>NAME (ADDRESS)</c>, the address for want of a name; or, when no names are wanted, the address alone.
    /// </summary>
    public string Describe(HostAddress address) => ReferenceEquals(this, None) ? address.ToString()
        : $"{_names.GetValueOrDefault(Key(address)) ?? _lookups?.Find(address) ?? address.ToString()} ({address})";

    private static HostAddress Key(HostAddress address) => address with { Scope = 0 };
}
