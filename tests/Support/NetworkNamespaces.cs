using System.Collections.Concurrent;
using Xunit.Sdk;

namespace NetTools.Tests.Support;

/// <summary>
/// Network namespaces of a test: two joined by a veth pair, or a single one with nothing but lo. They go when the test
/// disposes of them, and at the latest when the test process ends.
/// </summary>
public sealed class NetworkNamespaces : IDisposable
{
    /// <summary>The interface inside <see cref="A"/>.</summary>
    public const string InterfaceA = "vetha";

    /// <summary>The interface inside <see cref="B"/>.</summary>
    public const string InterfaceB = "vethb";

    /// <summary>The IPv4 address of <see cref="A"/>, a /24.</summary>
    public const string AddressA = "10.77.0.1";

    /// <summary>The IPv4 address of <see cref="B"/>.</summary>
    public const string AddressB = "10.77.0.2";

    /// <summary>The IPv6 address of <see cref="A"/>, a /64.</summary>
    public const string Address6A = "fd77::1";

    /// <summary>The IPv6 address of <see cref="B"/>.</summary>
    public const string Address6B = "fd77::2";

    private const string Prefix = "nettools-";

    private static readonly ConcurrentDictionary<string, bool> s_made = new();
    private static int s_count;

    private readonly List<string> _names = [];

    static NetworkNamespaces()
    {
        RemoveLeftOver();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            foreach (string name in s_made.Keys)
            {
                Delete(name);
            }
        };
    }

    private NetworkNamespaces(int count)
    {
        for (int i = 0; i < count; i++)
        {
            string name = $"{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
            Ip("netns", "add", name);
            s_made[name] = true;
            _names.Add(name);
            Ip("-n", name, "link", "set", "lo", "up");
            RefuseOurOwn(name);
        }
    }

    /// <summary>The name of the first namespace.</summary>
    public string A => _names[0];

    /// <summary>The name of the second namespace.</summary>
    public string B => _names[1];

    /// <summary>The names of all.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>One namespace with lo alone.</summary>
    public static NetworkNamespaces Single() => new(1);

    /// <summary>
    /// Namespace A with a veth pair to each of several more: A is 10.77.N.1 there, the Nth host, from 1, is 10.77.N.2 and
    /// reaches everything else through A.
    /// </summary>
    public static NetworkNamespaces Star(int hosts)
    {
        NetworkNamespaces star = new(hosts + 1);
        try
        {
            for (int host = 1; host <= hosts; host++)
            {
                string name = star._names[host];
                Ip("link", "add", $"veth{host}", "netns", star.A, "type", "veth", "peer", "name", InterfaceB, "netns", name);
                Ip("-n", star.A, "address", "add", $"10.77.{host}.1/24", "dev", $"veth{host}");
                Ip("-n", name, "address", "add", $"10.77.{host}.2/24", "dev", InterfaceB);
                Ip("-n", star.A, "link", "set", $"veth{host}", "up");
                Ip("-n", name, "link", "set", InterfaceB, "up");
                Ip("-n", name, "route", "add", "default", "via", $"10.77.{host}.1");
            }

            return star;
        }
        catch
        {
            star.Dispose();
            throw;
        }
    }

    /// <summary>Two namespaces joined by a veth pair, with IPv4 and IPv6 addresses that are usable at once.</summary>
    /// <param name="farAddresses">More addresses of B, such as 8.8.8.8, which A reaches through it.</param>
    public static NetworkNamespaces Pair(params string[] farAddresses)
    {
        NetworkNamespaces pair = new(2);
        try
        {
            pair.Join(farAddresses);
            return pair;
        }
        catch
        {
            pair.Dispose();
            throw;
        }
    }

    /// <summary>Runs ip(8).</summary>
    public static ToolResult Ip(params string[] args) => ToolProcess.RunCommand("ip", args).Expect(0);

    /// <summary>Runs test code on a thread of its own inside a namespace; sockets it opens stay there.</summary>
    public static void Inside(string name, Action action) => NamespaceThread.Run($"/run/netns/{name}", action);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (string name in _names)
        {
            Delete(name);
            s_made.TryRemove(name, out _);
        }

        _names.Clear();
    }

    private void Join(string[] farAddresses)
    {
        Ip("link", "add", InterfaceA, "netns", A, "type", "veth", "peer", "name", InterfaceB, "netns", B);
        foreach ((string name, string device, string address, string address6) in
            new[] { (A, InterfaceA, AddressA, Address6A), (B, InterfaceB, AddressB, Address6B) })
        {
            // Without duplicate address detection the link-local address, too, can be used at once.
            ToolProcess.RunCommand("sh", ["-c", $"echo 0 > /proc/sys/net/ipv6/conf/{device}/accept_dad"],
                new RunOptions { Namespace = name }).Expect(0);
            Ip("-n", name, "address", "add", $"{address}/24", "dev", device);
            Ip("-n", name, "address", "add", $"{address6}/64", "dev", device, "nodad");
            Ip("-n", name, "link", "set", device, "up");
        }

        AwaitLinkLocal(A, InterfaceA);
        AwaitLinkLocal(B, InterfaceB);
        foreach (string address in farAddresses)
        {
            bool six = address.Contains(':');
            Ip("-n", B, "address", "add", $"{address}/{(six ? 128 : 32)}", "dev", InterfaceB);
            Ip("-n", A, "route", "add", address, "via", six ? Address6B : AddressB);
        }
    }

    /// <summary>The kernel gives an interface its link-local address a moment after the link came up.</summary>
    private static void AwaitLinkLocal(string name, string device)
    {
        long deadline = Environment.TickCount64 + 10_000;
        while (Ip("-n", name, "-6", "address", "show", "dev", device, "scope", "link", "-tentative").Output.Length == 0)
        {
            if (Environment.TickCount64 > deadline)
            {
                throw new XunitException($"{device} got no link-local address");
            }

            Thread.Sleep(10);
        }
    }

    /// <summary>Traffic of a test must never reach the machine's own network.</summary>
    private static void RefuseOurOwn(string name)
    {
        string inside = ToolProcess.RunCommand("readlink", ["/proc/self/ns/net"], new RunOptions { Namespace = name }).Expect(0)
            .Output;
        if (inside.Trim() == File.ResolveLinkTarget("/proc/self/ns/net", returnFinalTarget: false)?.Name)
        {
            throw new XunitException($"ip netns exec {name} does not leave our own network namespace");
        }
    }

    /// <summary>Removes what a killed test run left: namespaces that carry the number of a process that is gone.</summary>
    private static void RemoveLeftOver()
    {
        if (!Directory.Exists("/run/netns"))
        {
            return;
        }

        foreach (string name in Directory.EnumerateFileSystemEntries("/run/netns", $"{Prefix}*")
            .Select(path => Path.GetFileName(path)))
        {
            string[] parts = name[Prefix.Length..].Split('-');
            if (parts.Length == 2 && int.TryParse(parts[0], out int pid) && !Directory.Exists($"/proc/{pid}"))
            {
                Delete(name);
            }
        }
    }

    private static void Delete(string name) => ToolProcess.RunCommand("ip", "netns", "delete", name);
}
