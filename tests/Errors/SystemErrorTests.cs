using System.Net;
using System.Net.Sockets;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Errors;

/// <summary>What the system refuses: each tool says which call, why, and what to do.</summary>
[Collection("lab")]
public sealed class SystemErrorTests : IDisposable
{
    private const string Frame = "ffffffffffff02000000000108004500001c00000000401100000a4d00010a4d00020007000700080000";

    private readonly Lazy<NetworkNamespaces> _lab = new(NetworkNamespaces.Single);

    private RunOptions Inside => new() { Namespace = _lab.Value.A };

    public void Dispose()
    {
        if (_lab.IsValueCreated)
        {
            _lab.Value.Dispose();
        }
    }

    [LabTheory(Needs.Root, Needs.Setpriv)]
    [InlineData("rawping 127.0.0.1", "EPERM", "CAP_NET_RAW")]
    [InlineData("rawping ::1", "EPERM", "CAP_NET_RAW")]
    [InlineData("pktsniff -i lo", "EPERM", "CAP_NET_RAW")]
    [InlineData("pktsniff inject -i lo --hex " + Frame, "EPERM", "CAP_NET_RAW")]
    [InlineData("epollecho serve -p 80", "EACCES", "root")]
    [InlineData("optbench server -p 80", "EACCES", "root")]
    public void A_missing_privilege(string command, string errno, string hint) =>
        Complaint.Check(command, 2, [errno, hint], Inside, "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--");

    [LabFact(Needs.Root, Needs.Setpriv)]
    public void A_link_without_privilege()
    {
        using NetworkNamespaces pair = NetworkNamespaces.Pair();
        Complaint.Check($"optbench link --namespace-a {pair.A} --namespace-b {pair.B} --delay 1", 2, ["EPERM", "sudo"], null,
            "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--");
    }

    [LabTheory(Needs.Root)]
    [InlineData("rawping -I nosuch0 127.0.0.1")]
    [InlineData("pktsniff -i nosuch0")]
    [InlineData("pktsniff inject -i nosuch0 --hex " + Frame)]
    public void A_missing_interface(string command) =>
        Complaint.Check(command, 2, ["nosuch0", "ENODEV", "(list the interfaces with: ip link)"]);

    [Theory]
    [InlineData("epollecho serve -p {0}", "EADDRINUSE: Address already in use")]
    [InlineData("optbench server -p {0}", "EADDRINUSE: Address already in use")]
    public void A_busy_port(string command, string error)
    {
        TcpListener busy = new(IPAddress.IPv6Any, 0);
        busy.Server.DualMode = true;
        busy.Start();
        try
        {
            int port = ((IPEndPoint)busy.LocalEndpoint).Port;
            Complaint.Check(string.Format(null, command, port), 2, [$":{port}", error, "("]);
        }
        finally
        {
            busy.Stop();
        }
    }

    [LabTheory(Needs.Root)]
    [InlineData("epollecho load nosuch.invalid:80")]
    [InlineData("rawping nosuch.invalid")]
    [InlineData("optbench --server nosuch.invalid:80")]
    public void An_unknown_host(string command) => Complaint.Check(command, 2, ["nosuch.invalid: "]);

    [Theory]
    [InlineData("epollecho serve --address 192.0.2.1")]
    [InlineData("optbench server --address 192.0.2.1 --open")]
    public void An_address_of_somebody_else(string command) => Complaint.Check(command, 2, ["192.0.2.1", "EADDRNOTAVAIL"]);

    [LabFact(Needs.Root)]
    public void A_server_that_is_not_there() =>
        Complaint.Check("optbench --server 127.0.0.1:1", 2, ["127.0.0.1:1", "ECONNREFUSED", "("], Inside);

    [Theory]
    [InlineData("muxbench --fds 10 --blocks 3 --csv /nonexistent/file")]
    [InlineData("optbench nodelay --csv /nonexistent/file")]
    public void A_file_that_cannot_be_made(string command) => Complaint.Check(command, 2, ["/nonexistent/file", "ENOENT"]);

    [LabTheory(Needs.Root, Needs.Prlimit)]
    [InlineData("epollecho serve -p 0", 3)]
    [InlineData("epollecho load 127.0.0.1:1", 3)]
    [InlineData("rawping 127.0.0.1", 3)]
    [InlineData("pktsniff -i lo", 3)]
    [InlineData("optbench nodelay", 3)]
    [InlineData("optbench server", 3)]
    public void No_descriptor_left(string command, int descriptors) =>
        Complaint.Check(command, 2, ["EMFILE: Too many open files"], Inside, "prlimit", $"--nofile={descriptors}:{descriptors}");

    [LabFact(Needs.Prlimit)]
    public void Too_few_descriptors_for_the_wish() =>
        Complaint.Check("muxbench --fds 1000", 2, ["1,000 descriptors", "64", "("], null, "prlimit", "--nofile=64:64");
}
