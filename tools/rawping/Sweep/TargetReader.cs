using System.Globalization;
using System.Net;
using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.RawPing.Sweep;

/// <summary>The hosts to ping: words of the command line, a network, the lines of a file.</summary>
internal static class TargetReader
{
    /// <summary>So that a slip of the pen (/8) does not ping half the world, and memory stays bounded.</summary>
    public const int Most = 131_072;

    /// <param name="options">HOST..., -g and -F.</param>
    /// <param name="family">AF_INET, AF_INET6, or 0 for either.</param>
    /// <exception cref="OperationFailedException">A host of the command line is unknown, or a network is none or too large.</exception>
    public static List<Target> Read(PingOptions options, int family)
    {
        List<Target> targets = [.. options.Hosts.Select(host => Resolve(host, family))];
        if (options.Network is string network)
        {
            targets.AddRange(Generate(network));
        }

        if (options.File is string file)
        {
            AddLines(targets, file, family);
        }

        Check(targets.Count);
        return targets;
    }

    /// <summary>Looks a host up and takes its first address.</summary>
    public static Target Resolve(string host, int family)
    {
        HostAddress address = HostAddress.From(Endpoint.Resolve(host, 0, family));
        // 0.0.0.0 and :: are this host; it answers from the address that is really meant.
        return new Target(host, address.IsAny ? Route.To(address, device: null).Destination : address);
    }

    /// <summary>The addresses of a network; an IPv4 network's own address and broadcast address are left out.</summary>
    /// <param name="network"><c>ADDRESS/LENGTH</c>.</param>
    public static IEnumerable<Target> Generate(string network)
    {
        int slash = network.IndexOf('/');
        if (slash < 0 || !IPAddress.TryParse(network.AsSpan(0, slash), out IPAddress? address)
            || !int.TryParse(network.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int prefix))
        {
            throw new OperationFailedException($"-g: '{network}' is not ADDRESS/LENGTH", "as in -g 192.0.2.0/24");
        }

        HostAddress start = HostAddress.From(address);
        int bits = start.Length * 8 - prefix;
        if (bits is < 0 or > 17)
        {
            throw new OperationFailedException(
                $"-g: /{prefix} is not a prefix length, or has more than {Most.ToString(CultureInfo.InvariantCulture)} addresses");
        }

        UInt128 first = start.Number >> bits << bits;
        UInt128 count = UInt128.One << bits;
        bool trim = !start.IsV6 && bits >= 2;
        return Enumerable.Range(trim ? 1 : 0, (int)count - (trim ? 2 : 0))
            .Select(i => new Target(null, new HostAddress(first + (uint)i, start.IsV6, start.Scope)));
    }

    // A name in a file that is not known is told and skipped: the others are still worth pinging.
    private static void AddLines(List<Target> targets, string file, int family)
    {
        foreach (string host in HostFile.Read(file))
        {
            try
            {
                targets.Add(Resolve(host, family));
            }
            catch (OperationFailedException e)
            {
                ErrorLine.Write(e.Message);
            }

            Check(targets.Count);
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
