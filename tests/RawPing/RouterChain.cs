using NetTools.Tests.Support;

namespace NetTools.Tests.RawPing;

/// <summary>
/// Namespaces in a row, the first being us, the last a host, those between them routers. Link n is 10.60.n.0/24 and fd60:n::/64,
/// its left end 1 and its right end 2; the second has an MTU of 1400.
/// </summary>
internal sealed class RouterChain : IDisposable
{
    private const int NarrowLink = 1;

    private readonly NetworkNamespaces[] _nodes;

    public RouterChain(int nodes)
    {
        _nodes = [.. Enumerable.Range(0, nodes).Select(_ => NetworkNamespaces.Single())];
        for (int i = 0; i < nodes; i++)
        {
            Shell(i, "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding;"
                + "echo 0 > /proc/sys/net/ipv4/icmp_ratelimit; echo 0 > /proc/sys/net/ipv4/icmp_ratemask;"
                + "echo 0 > /proc/sys/net/ipv6/icmp/ratelimit");
        }

        for (int link = 0; link < nodes - 1; link++)
        {
            NetworkNamespaces.Ip("link", "add", "right", "netns", Name(link), "type", "veth", "peer", "name", "left", "netns",
                Name(link + 1));
            foreach ((int node, string device, int end) in new[] { (link, "right", 1), (link + 1, "left", 2) })
            {
                Shell(node, $"echo 0 > /proc/sys/net/ipv6/conf/{device}/accept_dad"); // addresses are of use at once
                Ip(node, "address", "add", $"10.60.{link}.{end}/24", "dev", device);
                Ip(node, "address", "add", $"fd60:{link}::{end}/64", "dev", device, "nodad");
                Ip(node, "link", "set", device, "up", "mtu", link == NarrowLink ? "1400" : "1500");
            }
        }

        for (int node = 0; node < nodes; node++)
        {
            AddRoutes(node);
        }
    }

    /// <summary>The namespace of a node.</summary>
    public string Name(int node) => _nodes[node].A;

    /// <summary>Runs ip(8) on a node.</summary>
    public void Ip(int node, params string[] args) => NetworkNamespaces.Ip(["-n", Name(node), .. args]);

    /// <summary>Runs a shell script on a node.</summary>
    public void Shell(int node, string script) =>
        ToolProcess.RunCommand("sh", ["-c", script], new RunOptions { Namespace = Name(node) }).Expect(0);

    /// <inheritdoc/>
    public void Dispose() => Array.ForEach(_nodes, node => node.Dispose());

    // The two ends send everything to their neighbour; a router knows its own links, and which way the others are.
    private void AddRoutes(int node)
    {
        int last = _nodes.Length - 1;
        int[] others = node == 0 || node == last ? [-1]
            : [.. Enumerable.Range(0, last).Where(link => link < node - 1 || link > node)];
        foreach (int link in others)
        {
            bool right = node == 0 || link > node;
            (int via, int end) = right ? (node, 2) : (node - 1, 1);
            Ip(node, "route", "add", link < 0 ? "default" : $"10.60.{link}.0/24", "via", $"10.60.{via}.{end}");
            Ip(node, "-6", "route", "add", link < 0 ? "default" : $"fd60:{link}::/64", "via", $"fd60:{via}::{end}");
        }
    }
}
