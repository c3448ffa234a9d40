using CommandLine;
using NetTools.EpollEcho.Options;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using Range = NetTools.EpollEcho.Options.Range;

namespace NetTools.EpollEcho.Load;

/// <summary>The command line of <c>epollecho load</c>.</summary>
internal sealed class LoadOptions : SandboxedOptions
{
    private const double DefaultSeconds = 10;
    private const string DefaultSize = "64";
    private const double NsPerSecond = 1e9;
    private const int MaxProcesses = 1000;
    private const int LargestRequest = 1 << 30;
    private const int LargestPost = 64 << 20;
    private const int SourcesApart = 101; // of runs at the same time, which have neighbouring process numbers

    [Value(0, MetaName = "HOST:PORT", Required = true, HelpText = "Where to connect.")]
    public string Target { get; set; } = "";

    [Option('c', "connections", Default = 1, MetaValue = "N", HelpText = "Connections open at once.")]
    public int Connections { get; set; }

    [Option("processes", Default = 1, MetaValue = "N", HelpText = "So many processes share the work.")]
    public int Processes { get; set; }

    [Option('n', "requests", MetaValue = "N", HelpText = "Requests in all, at least one a connection.")]
    public long? Requests { get; set; }

    [Option('d', "duration", MetaValue = "S", HelpText = "Send for S seconds (default 10, unless -n or --hold).")]
    public double? Duration { get; set; }

    [Option('s', "size", MetaValue = "B", HelpText = "Bytes of a request: 64 (default), or a range: 64-16K.")]
    public string? Size { get; set; }

    [Option("seed", MetaValue = "N", HelpText = "The same sizes of a range again.")]
    public ulong? Seed { get; set; }

    [Option('R', "rate", Default = 0.0, MetaValue = "N", HelpText = "Open loop: N requests a second in all.")]
    public double Rate { get; set; }

    [Option("protocol", Default = Protocol.Echo, HelpText = "What the server speaks.")]
    public Protocol Protocol { get; set; }

    [Option("path", Default = "/", MetaValue = "PATH", HelpText = "HTTP: what to ask for.")]
    public string Path { get; set; } = "/";

    [Option("method", Default = RequestMethod.Get, HelpText = "HTTP: get, head, or post --size bytes.")]
    public RequestMethod Method { get; set; }

    [Option("no-verify", HelpText = "HTTP post: the answer may be anything.")]
    public bool NoVerify { get; set; }

    [Option("pipeline", Default = 1, MetaValue = "N", HelpText = "Requests on the way at once, each connection.")]
    public int Pipeline { get; set; }

    [Option("reconnect", HelpText = "A new connection for each request, as ab does.")]
    public bool Reconnect { get; set; }

    [Option("hold", Default = 0.0, MetaValue = "S", HelpText = "Then keep all connections open for S seconds.")]
    public double Hold { get; set; }

    [Option("udp", HelpText = "UDP: loss, order, latency; -c sockets.")]
    public bool Udp { get; set; }

    [Option("gso", HelpText = "UDP: join what leaves together; the kernel cuts it.")]
    public bool Gso { get; set; }

    [Option("interface", MetaValue = "NAME", HelpText = "UDP to a group: send by this interface.")]
    public string? Interface { get; set; }

    [Option("ttl", Default = 1, MetaValue = "N", HelpText = "UDP to a group: routers it may pass.")]
    public int Ttl { get; set; }

    [Option("ramp", Default = 0.0, MetaValue = "N", HelpText = "Open N connections a second; 0: as fast as it goes.")]
    public double Ramp { get; set; }

    [Option("hgrm", MetaValue = "FILE", HelpText = "Write the latency distribution (HdrHistogram, us).")]
    public string? Hgrm { get; set; }

    [Option("timeout", MetaValue = "S", HelpText = "Give up after S silent seconds (10; UDP: 1).")]
    public int? Timeout { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho load", "many connections, every byte verified",
        ["HOST:PORT [-c N] [-n N | -d S] [OPTIONS]"],
        [
            "epollecho load 127.0.0.1:8080 -c 1000 -n 100000      as fast as it goes",
            "epollecho load 127.0.0.1:8080 -c 10000 --hold 3      all open at once, for 3 s",
            "epollecho load 127.0.0.1:8080 -c 100000 --processes 6 --hold 3",
            "epollecho load [::1]:8080 -c 100 -d 5 --rate 20000   latency at a given rate",
            "epollecho load 10.0.0.1:80 --protocol http -c 50 --reconnect -n 5000",
        ])
    {
        Notes =
        [
            "Without -n and -d: 10 seconds, or with --hold one request a connection.\nExit code 1: a request failed, a peer was lost, or a byte came back changed.",
        ],
    };

    /// <summary>Checks the options and looks the host up.</summary>
    /// <exception cref="OperationFailedException">A value is out of range, or there is no such host.</exception>
    public LoadSettings ToSettings()
    {
        Range.Check("--connections", Connections, 1, 1_000_000);
        Range.Check("--processes", Processes, 1, MaxProcesses);
        Range.Check("--requests", Requests ?? 1, 1, long.MaxValue);
        Range.Check("--duration", Duration ?? 1, 0.001, 1e6);
        (int least, int most) = ByteRange.Parse("--size", Size ?? DefaultSize, Method == RequestMethod.Post ? LargestPost : LargestRequest);
        Range.Check("--rate", Rate, 0, 1e9);
        Range.Check("--pipeline", Pipeline, 1, 1000);
        Range.Check("--hold", Hold, 0, 1e6);
        Range.Check("--timeout", Timeout ?? 1, 1, 1_000_000);
        Range.Check("--ramp", Ramp, 0, 1e9);
        bool byDuration = Requests is null && (Duration is not null || Hold == 0);
        if (Requests is not null && Duration is not null)
        {
            throw new OperationFailedException("-n and -d exclude each other");
        }

        if (Requests < Connections && !Reconnect)
        {
            throw new OperationFailedException($"-n {Requests} is less than -c {Connections}", "each connection sends at least one request");
        }

        if (Processes > Connections || (Reconnect && Processes > (Requests ?? Processes)))
        {
            throw new OperationFailedException($"--processes {Processes} is more than there are {(Processes > Connections ? "connections" : "requests")}", "each takes a share of them");
        }

        if (Reconnect && (Pipeline > 1 || Hold > 0))
        {
            throw new OperationFailedException("--reconnect excludes --pipeline and --hold");
        }

        if (Path.Any(c => c is <= ' ' or > '~'))
        {
            throw new OperationFailedException("--path must be visible ASCII", "percent-encode the rest");
        }

        Range.Check("--ttl", Ttl, 0, 255);
        if (Udp && (Protocol != Protocol.Echo || Reconnect || Hold > 0 || Ramp > 0))
        {
            throw new OperationFailedException("--udp has no connections: no --protocol, --reconnect, --hold, --ramp");
        }

        if (Gso && (!Udp || least != most))
        {
            throw new OperationFailedException("--gso is for --udp and datagrams of one size");
        }

        if (Protocol == Protocol.Http && Size is not null && Method != RequestMethod.Post)
        {
            throw new OperationFailedException("--size is for what is posted", "--method post");
        }

        if (Protocol == Protocol.Http && least != most && most > HttpRequests.LongestOfRange)
        {
            throw new OperationFailedException($"--size {Size} goes beyond {HttpRequests.LongestOfRange} bytes, the most of a range that is posted");
        }

        if (Protocol != Protocol.Http && (Method != RequestMethod.Get || NoVerify))
        {
            throw new OperationFailedException("--method and --no-verify are for --protocol http");
        }

        if (Seed is not null && least == most)
        {
            throw new OperationFailedException("--seed is for a range of sizes", "--size 64-16K");
        }

        if (Udp && (least < UdpLoad.MinSize || most > 65507))
        {
            throw new OperationFailedException($"--size {Size} is not between {UdpLoad.MinSize} and 65507, the sizes of a datagram");
        }

        Endpoint endpoint = Endpoint.Parse(Target);
        return new LoadSettings(endpoint.Resolve())
        {
            Connections = Connections,
            Requests = byDuration ? 0 : Requests ?? Connections,
            DurationNs = byDuration ? (long)((Duration ?? DefaultSeconds) * NsPerSecond) : 0,
            Sizes = new RequestSizes(least, most, least == most ? 0 : Seed ?? (ulong)Random.Shared.Next()),
            Method = Method,
            VerifyPosted = !NoVerify,
            Rate = Rate,
            Protocol = Protocol,
            Pipeline = Pipeline,
            Reconnect = Reconnect,
            HoldNs = (long)(Hold * NsPerSecond),
            Host = endpoint.ToString(),
            Path = Path,
            TimeoutSeconds = Timeout ?? (Udp ? 1 : 10),
            Ramp = Ramp,
            Udp = Udp,
            Joined = Gso,
            Processes = Processes,
            FirstSource = Environment.ProcessId * SourcesApart,
            InterfaceIndex = Interface is null ? 0 : Interfaces.Index(Interface),
            Hops = Ttl,
        };
    }
}
