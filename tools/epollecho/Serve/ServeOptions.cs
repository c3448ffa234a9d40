using System.Net;
using CommandLine;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Serve;

/// <summary>The command line of <c>epollecho serve</c>.</summary>
internal sealed class ServeOptions : BackgroundOptions
{
    private const int MostProcesses = 1024;
    private const int UsualRequestTimeout = 60;

    [Option('p', "port", Default = 8080, MetaValue = "PORT", HelpText = "Port; 0 lets the kernel choose.")]
    public int Port { get; set; }

    [Option('a', "address", Default = "::", MetaValue = "ADDR", HelpText = "Address; :: takes IPv6 and IPv4.")]
    public string Address { get; set; } = "::";

    [Option("protocol", Default = Protocol.Echo, HelpText = "Protocol: echo or http.")]
    public Protocol Protocol { get; set; }

    [Option("model", Default = Model.Epoll, HelpText = "One loop, or a process per connection.")]
    public Model Model { get; set; }

    [Option("trigger", Default = Trigger.Edge, HelpText = "Edge- or level-triggered epoll.")]
    public Trigger Trigger { get; set; }

    [Option('i', "instances", Default = 1, MetaValue = "N", HelpText = "Processes that share the port (SO_REUSEPORT).")]
    public int Instances { get; set; }

    [Option("udp", HelpText = "UDP echo.")]
    public bool Udp { get; set; }

    [Option("group", MetaValue = "ADDR", HelpText = "UDP: join a multicast group.")]
    public string? Group { get; set; }

    [Option("interface", MetaValue = "NAME", HelpText = "UDP: the interface of the group.")]
    public string? Interface { get; set; }

    [Option("backlog", Default = 4096, MetaValue = "N", HelpText = "Connections that may wait to be accepted.")]
    public int Backlog { get; set; }

    [Option("max-connections", MetaValue = "N", HelpText = "Open connections per instance; more wait. fork: 1024.")]
    public int? MaxConnections { get; set; }

    [Option("idle-timeout", Default = 0, MetaValue = "S", HelpText = "Close after S silent seconds; 0 for never.")]
    public int IdleTimeout { get; set; }

    [Option("request-timeout", MetaValue = "S",
        HelpText = "HTTP: time for a head, and for a body; 0 for none. 60, or --idle-timeout.")]
    public int? RequestTimeout { get; set; }

    [Option("drain-timeout", Default = 5, MetaValue = "S", HelpText = "After SIGTERM, end after S seconds.")]
    public int DrainTimeout { get; set; }

    [Option("user", MetaValue = "NAME", HelpText = "As root, become NAME once it listens; default sudo's caller or nobody.")]
    public string? User { get; set; }

    [Option("accept", Default = AcceptMode.ReusePort, HelpText = "How instances share the port.")]
    public AcceptMode Accept { get; set; }

    [Option("stats", Default = 0, MetaValue = "S", HelpText = "Print live numbers every S seconds.")]
    public int Stats { get; set; }

    [Option("no-nodelay", HelpText = "Leave TCP_NODELAY off: Nagle's algorithm.")]
    public bool NoNoDelay { get; set; }

    [Option("cork", HelpText = "TCP_CORK: hold partial segments back, 200 ms.")]
    public bool Cork { get; set; }

    [Option("quickack", HelpText = "TCP_QUICKACK, set again after each read.")]
    public bool QuickAck { get; set; }

    [Option("reuseport", HelpText = "SO_REUSEPORT, so that other servers can share the port.")]
    public bool ReusePort { get; set; }

    [Option("rcvbuf", MetaValue = "B", HelpText = "SO_RCVBUF; the kernel doubles it.")]
    public int? ReceiveBuffer { get; set; }

    [Option("sndbuf", MetaValue = "B", HelpText = "SO_SNDBUF; the kernel doubles it.")]
    public int? SendBuffer { get; set; }

    [Option("keepalive", MetaValue = "I,I,N", HelpText = "Probe after I idle s, every I s, N times.")]
    public string? KeepAlive { get; set; }

    [Option("tos", MetaValue = "N", HelpText = "IP_TOS and IPV6_TCLASS, 0 to 255.")]
    public int? TypeOfService { get; set; }

    [Option("json", HelpText = "Print JSON, one object per line.")]
    public bool Json { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho serve", "an echo or HTTP server on epoll",
        ["[-p PORT] [--protocol echo|http] [OPTIONS]"],
        [
            "epollecho serve                                echo on port 8080",
            "epollecho serve --protocol http -p 80          for ab -k -n 999 http://[::1]/",
            "epollecho serve --model fork                   a process for each connection",
            "epollecho serve --instances 4 --json           four processes share the port",
        ])
    {
        Notes =
        [
            "SIGUSR1 prints a summary. SIGTERM answers what has been accepted and ends the\nserver, SIGINT ends it at once; "
                + "both print a summary. With --instances, SIGHUP\nreplaces the instances without losing a connection.",
        ],
    };

    /// <summary>Checks the options.</summary>
    /// <exception cref="OperationFailedException">A value is out of range, or the address is not one.</exception>
    public ServeSettings ToSettings()
    {
        Arguments.CheckRange("--port", Port, 0, 65535);
        Arguments.CheckRange("--instances", Instances, 1, 1024);
        Arguments.CheckRange("--backlog", Backlog, 1, int.MaxValue);
        Arguments.CheckRange("--max-connections", MaxConnections ?? 1, 1, int.MaxValue);
        Arguments.CheckRange("--idle-timeout", IdleTimeout, 0, 1_000_000);
        Arguments.CheckRange("--stats", Stats, 0, 1_000_000);
        Arguments.CheckRange("--request-timeout", RequestTimeout ?? 0, 0, 1_000_000);
        Arguments.CheckRange("--drain-timeout", DrainTimeout, 0, 1_000_000);
        if (Model == Model.Fork && Trigger == Trigger.Level)
        {
            throw new OperationFailedException("--model fork has no event loop: no --trigger");
        }

        IPAddress? group = ReadGroup();
        if (group is not null && Address == "::" && group.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
        {
            Address = "0.0.0.0";
        }

        if (!IPAddress.TryParse(Address, out IPAddress? address))
        {
            throw new OperationFailedException($"--address '{Address}' is not an IPv4 or IPv6 address");
        }

        return new ServeSettings(NetTools.Sockets.SocketAddress.From(address, Port))
        {
            Protocol = Protocol,
            Model = Model,
            Trigger = Trigger,
            Instances = Instances,
            Backlog = Backlog,
            MaxConnections = MaxConnections ?? (Model == Model.Fork ? MostProcesses : int.MaxValue),
            IdleTimeout = IdleTimeout,
            RequestTimeout = Protocol == Protocol.Http ? RequestTimeout ?? (IdleTimeout > 0 ? IdleTimeout : UsualRequestTimeout)
                : 0,
            DrainTimeout = DrainTimeout,
            User = User,
            NoSandbox = NoSandbox,
            ReadyDescriptor = ReadyDescriptor,
            PidFile = PidFile,
            Accept = Accept,
            Udp = Udp || group is not null,
            Group = group,
            InterfaceIndex = Interface is null ? 0 : Interfaces.Index(Interface),
            StatsSeconds = Stats,
            QuickAck = QuickAck,
            Options = SocketOptionFlags.Read(this, udp: Udp || group is not null),
        };
    }

    private IPAddress? ReadGroup()
    {
        if (Interface is not null && Group is null)
        {
            throw new OperationFailedException("--interface needs --group");
        }

        if ((Udp || Group is not null) && (Protocol != Protocol.Echo || Model != Model.Epoll
            || MaxConnections is not null || IdleTimeout > 0 || Accept != AcceptMode.ReusePort))
        {
            throw new OperationFailedException(
                "--udp has no connections: of the limits and models only --instances goes with it");
        }

        return Group is null ? null
            : IPAddress.TryParse(Group, out IPAddress? group) && Multicast.IsGroup(group) ? group
            : throw new OperationFailedException(
                $"--group '{Group}' is not a multicast address", "224.0.0.0 to 239.255.255.255, or ff..:");
    }
}
