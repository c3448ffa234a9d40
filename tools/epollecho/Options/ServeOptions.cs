using System.Net;
using CommandLine;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Options;

/// <summary>The command line of <c>epollecho serve</c>.</summary>
internal sealed class ServeOptions
{
    [Option('p', "port", Default = 8080, MetaValue = "PORT", HelpText = "Port; 0 lets the kernel choose.")]
    public int Port { get; set; }

    [Option('a', "address", Default = "::", MetaValue = "ADDR", HelpText = "Address; :: takes IPv6 and IPv4.")]
    public string Address { get; set; } = "::";

    [Option("protocol", Default = Protocol.Echo, HelpText = "What to say.")]
    public Protocol Protocol { get; set; }

    [Option("model", Default = Model.Epoll, HelpText = "One loop for all, or a process for each connection.")]
    public Model Model { get; set; }

    [Option("trigger", Default = Trigger.Edge, HelpText = "How epoll tells of a socket.")]
    public Trigger Trigger { get; set; }

    [Option('i', "instances", Default = 1, MetaValue = "N", HelpText = "Processes that share the port (SO_REUSEPORT).")]
    public int Instances { get; set; }

    [Option("backlog", Default = 4096, MetaValue = "N", HelpText = "Connections that may wait to be accepted.")]
    public int Backlog { get; set; }

    [Option("max-connections", MetaValue = "N", HelpText = "Most connections at once, each instance; more wait.")]
    public int? MaxConnections { get; set; }

    [Option("idle-timeout", Default = 0, MetaValue = "S", HelpText = "Close after S silent seconds; 0 for never.")]
    public int IdleTimeout { get; set; }

    [Option("json", HelpText = "Print JSON, an object a line.")]
    public bool Json { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho serve", "an echo or HTTP server on epoll",
        ["[-p PORT] [--protocol echo|http] [OPTIONS]"],
        [
            "epollecho serve                                echo on port 8080",
            "epollecho serve --protocol http -p 80   try: ab -k -n 1000 -c 9 http://[::1]/",
            "epollecho serve --model fork                   a process for each connection",
            "epollecho serve --instances 4 --json           four processes share the port",
        ])
    {
        Notes =
        [
            "SIGUSR1 prints a summary. SIGTERM ends the server after what has come is\nanswered; SIGINT ends it at once. Both print a summary.",
        ],
    };

    /// <summary>Checks the options.</summary>
    /// <exception cref="OperationFailedException">A value is out of range, or the address is none.</exception>
    public ServeSettings ToSettings()
    {
        Range.Check("--port", Port, 0, 65535);
        Range.Check("--instances", Instances, 1, 1024);
        Range.Check("--backlog", Backlog, 1, int.MaxValue);
        Range.Check("--max-connections", MaxConnections ?? 1, 1, int.MaxValue);
        Range.Check("--idle-timeout", IdleTimeout, 0, 1_000_000);
        if (!IPAddress.TryParse(Address, out IPAddress? address))
        {
            throw new OperationFailedException($"--address '{Address}' is not an IPv4 or IPv6 address");
        }

        return new ServeSettings(Sockets.SocketAddress.From(address, Port))
        {
            Protocol = Protocol,
            Model = Model,
            Trigger = Trigger,
            Instances = Instances,
            Backlog = Backlog,
            MaxConnections = MaxConnections ?? int.MaxValue,
            IdleTimeout = IdleTimeout,
        };
    }
}
