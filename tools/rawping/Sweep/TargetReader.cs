using System.Globalization;
using System.Net;
using System.Text;
using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;
using NetTools.Sockets;

namespace NetTools.RawPing.Sweep;

/// <summary>The hosts to ping, and the names that have no address.</summary>
/// <param name="Found">In the order of the command line.</param>
/// <param name="Unknown">Not pinged, but reported.</param>
internal sealed record TargetList(List<Target> Found, List<UnknownHost> Unknown);

/// <summary>The hosts to ping: words of the command line, a network, the lines of a file.</summary>
internal static class TargetReader
{
    /// <summary>Hosts at most, so that a typing error (/8) does not ping half the world, and memory stays bounded.</summary>
    public const int Most = 131_072;

    /// <param name="options">HOST..., -g and -F.</param>
    /// <param name="family">AF_INET, AF_INET6, or 0 for either.</param>
    /// <param name="device">The interface of link-local addresses without a zone, or null.</param>
    /// <exception cref="OperationFailedException">The only host is unknown, or a network is malformed or too large.</exception>
    public static TargetList Read(PingOptions options, int family, string? device)
    {
        TargetList list = new([], []);
        bool alone = options.Network is null && options.File is null && options.Hosts.Take(2).Count() == 1;
        foreach (string host in options.Hosts)
        {
            Add(list, host, family, device, alone);
        }

        if (options.Network is string network)
        {
            list.Found.AddRange(Generate(network));
        }

        if (options.File is string file)
        {
            foreach (string host in HostFile.Read(file))
            {
                Add(list, host, family, device, alone: false);
                Check(list.Found.Count + list.Unknown.Count);
            }
        }

        Check(list.Found.Count);
        return list;
    }

    /// <summary>Looks a host up and takes its first address.</summary>
    /// <exception cref="OperationFailedException">It has no address, or a link-local one without a zone.</exception>
    public static Target Resolve(string host, int family, string? device = null)
    {
        HostAddress address = HostAddress.From(Endpoint.Resolve(Ascii(host), 0, family));
        if (address is { IsLinkLocal: true, Scope: 0 })
        {
            address = device is null
                ? throw new OperationFailedException(
                    $"host {host}: a link-local address needs its interface", $"as in {host}%eth0, or -I eth0")
                : address with { Scope = (uint)NetTools.Os.Interfaces.Index(device) };
        }

        // 0.0.0.0 and :: are this host; it answers from the address that is really meant.
        return new Target(host, address.IsAny ? Route.To(address, device: null).Destination : address);
    }

    /// <summary>The addresses of a network or range; an IPv4 network's own address and broadcast address are left out.</summary>
    /// <param name="network"><c>ADDRESS/LENGTH</c> or <c>FIRST-LAST</c>.</param>
    public static IEnumerable<Target> Generate(string network)
    {
        int slash = network.IndexOf('/');
        if (slash < 0 && network.Split('-') is [string from, string to] && IPAddress.TryParse(from, out IPAddress? low)
            && IPAddress.TryParse(to, out IPAddress? high))
        {
            return Range(HostAddress.From(low), HostAddress.From(high), network);
        }

        if (slash < 0 || !IPAddress.TryParse(network.AsSpan(0, slash), out IPAddress? address)
            || !int.TryParse(network.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int prefix))
        {
            throw new OperationFailedException(
                $"-g: '{network}' is not ADDRESS/LENGTH or FIRST-LAST", "as in -g 192.0.2.0/24 or -g 192.0.2.10-192.0.2.20");
        }

        HostAddress start = HostAddress.From(address);
        int bits = start.Length * 8 - prefix;
        if (bits is < 0 or > 17)
        {
            throw new OperationFailedException(
                $"-g: /{prefix} is not a prefix length, or has more than "
                + $"{Most.ToString(CultureInfo.InvariantCulture)} addresses");
        }

        UInt128 first = start.Number >> bits << bits;
        UInt128 count = UInt128.One << bits;
        bool trim = !start.IsV6 && bits >= 2;
        return Enumerable.Range(trim ? 1 : 0, (int)count - (trim ? 2 : 0))
            .Select(i => new Target(null, new HostAddress(first + (uint)i, start.IsV6, start.Scope)));
    }

    private static IEnumerable<Target> Range(HostAddress first, HostAddress last, string text)
    {
        if (first.IsV6 != last.IsV6 || last.Number < first.Number || last.Number - first.Number >= Most)
        {
            throw new OperationFailedException($"-g: '{text}' is not a range of at most "
                + $"{Most.ToString(CultureInfo.InvariantCulture)} addresses of one family, the lower first");
        }

        return Enumerable.Range(0, (int)(last.Number - first.Number) + 1)
            .Select(i => new Target(null, new HostAddress(first.Number + (uint)i, first.IsV6, first.Scope)));
    }

    // One unknown name among several is reported; the others are pinged.
    private static void Add(TargetList list, string host, int family, string? device, bool alone)
    {
        try
        {
            list.Found.Add(Resolve(host, family, device));
        }
        catch (OperationFailedException e) when (!alone)
        {
            list.Unknown.Add(new UnknownHost(host, e.Message));
        }
    }

    // RFC 3490's ToASCII: the resolver takes ASCII names only.
    private static string Ascii(string host)
    {
        if (host.All(char.IsAscii))
        {
            return host;
        }

        try
        {
            return new IdnMapping().GetAscii(host.Normalize(NormalizationForm.FormC).ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            throw new OperationFailedException($"host {host}: not a valid internationalized name");
        }
    }

    private static void Check(int count)
    {
        if (count > Most)
        {
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture, $"more than {Most} hosts"));
        }
    }
}
