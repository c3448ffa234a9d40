using System.Globalization;
using CommandLine;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.EpollEcho.Load;

/// <summary>The command line of <c>epollecho load</c>.</summary>
internal sealed class LoadOptions : SandboxedOptions
{
    /// <summary>The value of <c>--start-at</c> that means a line of standard input.</summary>
    public const string LineOfInput = "-";

    private const string DefaultDuration = "10s";
    private const string DefaultTrial = "2s";
    private const string DefaultSize = "64";
    private const long MostNs = 1_000_000 * TimeUnits.Second;
    private const int MaxProcesses = 1000;
    private const int LargestRequest = 1 << 30;
    private const int LargestDatagram = 65507;
    private const int SourcesApart = 101; // of runs at the same time, which have neighbouring process numbers

    [Value(0, MetaName = "TARGET", Required = true, HelpText = "HOST:PORT, http://HOST[:PORT]/PATH, tcp://, udp://, unix:/PATH.")]
    public string Target { get; set; } = "";

    [Option('c', "connections", Default = "1", MetaValue = "N", HelpText = "Connections open at once.")]
    public string Connections { get; set; } = "1";

    [Option("processes", Default = 1, MetaValue = "N", HelpText = "Number of processes sharing the work.")]
    public int Processes { get; set; }

    [Option('n', "requests", MetaValue = "N", HelpText = "Requests in all, at least one per connection.")]
    public string? Requests { get; set; }

    [Option('d', "duration", MetaValue = "TIME", HelpText = "Send for TIME (default 10s, unless -n or --hold).")]
    public string? Duration { get; set; }

    [Option('s', "size", MetaValue = "B", HelpText = "Bytes per request, or a range: 64-16K (default 64).")]
    public string? Size { get; set; }

    [Option("seed", MetaValue = "N", HelpText = "Seed of the sizes of a range.")]
    public ulong? Seed { get; set; }

    [Option('R', "rate", MetaValue = "N", HelpText = "Open loop: N requests per second in all.")]
    public string? Rate { get; set; }

    [Option("find-rate", HelpText = "Find the highest rate that keeps --p99; -d is one trial.")]
    public bool FindRate { get; set; }

    [Option("p99", MetaValue = "TIME", HelpText = "Limit of the 99th percentile for --find-rate.")]
    public string? P99 { get; set; }

    [Option("protocol", MetaValue = "PROTOCOL",
        HelpText = "echo or http (default as the URL says, else http with -H or --body, else echo).")]
    public string? Protocol { get; set; }

    [Option("path", MetaValue = "PATH", HelpText = "HTTP: path and query (default /).")]
    public string? Path { get; set; }

    [Option("method", MetaValue = "METHOD", HelpText = "HTTP: get (default), head, post, put, delete, ...")]
    public string? Method { get; set; }

    [Option('H', "header", MetaValue = "FIELD", HelpText = "HTTP: add a field, \"Name: value\"; may be repeated.")]
    public IEnumerable<string> Headers { get; set; } = [];

    [Option("body", MetaValue = "TEXT|@FILE", HelpText = "HTTP: send this body (method post by default).")]
    public string? Body { get; set; }

    [Option("user", MetaValue = "NAME:PASSWORD", HelpText = "HTTP: basic authentication.")]
    public string? User { get; set; }

    [Option("no-verify", HelpText = "HTTP: do not compare the answer with what was posted.")]
    public bool NoVerify { get; set; }

    [Option("pipeline", Default = 1, MetaValue = "N", HelpText = "Requests under way at once per connection.")]
    public int Pipeline { get; set; }

    [Option("reconnect", HelpText = "Use a new connection for each request, as ab does.")]
    public bool Reconnect { get; set; }

    [Option("no-reopen", HelpText = "Do not reopen a connection that was lost.")]
    public bool NoReopen { get; set; }

    [Option("hold", MetaValue = "TIME", HelpText = "Then keep all connections open for TIME.")]
    public string? Hold { get; set; }

    [Option("start-at", MetaValue = "TIME",
        HelpText = "Send the first request at TIME: 12:30:00, RFC 3339, @SECONDS; -: on a line of standard input.")]
    public string? StartAt { get; set; }

    [Option("ready-fd", MetaValue = "N", HelpText = "Write a newline to descriptor N when the connections are open.")]
    public ushort? ReadyDescriptor { get; set; }

    [Option("udp", HelpText = "UDP: loss, order, latency; -c sockets.")]
    public bool Udp { get; set; }

    [Option("gso", HelpText = "UDP: hand datagrams to the kernel joined (UDP_SEGMENT).")]
    public bool Gso { get; set; }

    [Option("interface", MetaValue = "NAME", HelpText = "UDP to a group: send by this interface.")]
    public string? Interface { get; set; }

    [Option("ttl", MetaValue = "N", HelpText = "UDP to a group: routers it may pass (default 1).")]
    public int? Ttl { get; set; }

    [Option("ramp", MetaValue = "N", HelpText = "Open N connections per second (default: no limit).")]
    public string? Ramp { get; set; }

    [Option("timeout", MetaValue = "TIME", HelpText = "Give up after TIME of silence (default 10s, UDP 1s).")]
    public string? Timeout { get; set; }

    [Option("histogram", HelpText = "Draw the latencies; the default on a terminal.")]
    public bool Histogram { get; set; }

    [Option("csv", MetaValue = "FILE", HelpText = "Write a line of CSV per second.")]
    public string? Csv { get; set; }

    [Option("log", MetaValue = "FILE", HelpText = "Write a line of CSV per request.")]
    public string? Log { get; set; }

    [Option("hlog", MetaValue = "FILE", HelpText = "Write an HdrHistogram log, for epollecho merge.")]
    public string? Hlog { get; set; }

    [Option("hgrm", MetaValue = "FILE", HelpText = "Write the latency distribution (HdrHistogram, us).")]
    public string? Hgrm { get; set; }

    [Option("json", HelpText = "Print one JSON object.")]
    public bool Json { get; set; }

    /// <summary>What <c>--help</c> shows.</summary>
    public static HelpPage Help { get; } = new("epollecho load", "many connections, every byte verified",
        ["TARGET [-c N] [-n N | -d TIME] [OPTIONS]"],
        [
            "epollecho load 127.0.0.1:8080 -c 1000 -n 100k        as fast as possible",
            "epollecho load http://10.0.0.1/ -c 50 -d 30s         HTTP, for 30 seconds",
            "epollecho load 127.0.0.1:8080 -c 10k --hold 3s       all open at once",
            "epollecho load [::1]:8080 -c 100 --rate 20k          latency at a given rate",
            "epollecho load http://[::1]:8080/ -c 50 --find-rate --p99 10ms",
            "epollecho load http://h:80/a --method put --body @f -H 'X-Key: 1'",
        ])
    {
        Notes =
        [
            "TIME is 5s, 200ms or 1m; seconds without a unit. k is 1000; of sizes K is 1024.\n"
            + "Without -n and -d: 10 seconds, or with --hold one request per connection.\n"
            + "Exit code 1: something failed, was due and not sent, or was cut short.\n"
            + "TLS and HTTP/2 are not built in: use h2load or oha.",
        ],
    };

    /// <summary>Checks the options, reads the body and looks the host up.</summary>
    /// <exception cref="OperationFailedException">A value is out of range, or there is no such host.</exception>
    public LoadSettings ToSettings()
    {
        LoadTarget target = LoadTarget.Parse(Target);
        bool udp = Udp || target.Udp;
        Protocol protocol = ReadProtocol() ?? target.Protocol
            ?? (!udp && (Body is not null || Headers.Any()) ? Serve.Protocol.Http : Serve.Protocol.Echo);
        if (target.Protocol is Protocol named && (named != protocol || (udp && !target.Udp)))
        {
            throw new OperationFailedException(
                $"{Target} is not for --{(udp && !target.Udp ? "udp" : $"protocol {protocol.ToString().ToLowerInvariant()}")}");
        }

        if (udp && protocol != Serve.Protocol.Echo)
        {
            throw new OperationFailedException("--protocol http: datagrams are echoed");
        }

        int connections = (int)Quantity.Count("--connections", Connections, 1, 2_000_000);
        long? requests = Requests is null ? null : Quantity.Count("--requests", Requests, 1);
        Arguments.CheckRange("--processes", Processes, 1, MaxProcesses);
        Arguments.CheckRange("--pipeline", Pipeline, 1, 1000);
        Arguments.CheckRange("--ttl", Ttl ?? 1, 0, 255);
        long holdNs = Hold is null ? 0 : Quantity.Duration("--hold", Hold, most: MostNs);
        HttpRequestSettings http = HttpRequestSettings.Read(this, target, protocol);
        (int least, int most) = ByteRange.Parse(
            "--size", Size ?? DefaultSize, http.Generates ? HttpRequestSettings.LargestPost : LargestRequest);
        double ramp = Ramp is null ? 0 : ReadRate("--ramp", Ramp);
        double rate = Rate is null ? 0 : ReadRate("--rate", Rate);
        bool byDuration = requests is null && (Duration is not null || holdNs == 0);
        CheckCombinations(connections, requests, holdNs, http.Generates);
        CheckDatagrams(target, udp, least, most);
        CheckSizes(protocol, http, least, most);
        SocketAddress[] targets = target.Resolve();
        CheckGroup(udp, targets[0]);
        string defaultDuration = FindRate ? DefaultTrial : DefaultDuration;
        return new LoadSettings(targets)
        {
            Name = target.ToString(),
            Connections = connections,
            Requests = byDuration ? 0 : requests ?? connections,
            DurationNs = byDuration ? Quantity.Duration(
                "--duration", Duration ?? defaultDuration, least: TimeUnits.Millisecond, most: MostNs) : 0,
            Sizes = new RequestSizes(least, most, least == most ? 0 : Seed ?? (ulong)Random.Shared.Next()),
            Http = http,
            Rate = rate,
            Protocol = protocol,
            Pipeline = Pipeline,
            Reconnect = Reconnect,
            NoReopen = NoReopen,
            HoldNs = holdNs,
            TimeoutNs = Timeout is null ? (udp ? 1 : 10) * TimeUnits.Second
                : Quantity.Duration("--timeout", Timeout, least: TimeUnits.Millisecond, most: MostNs),
            StartAtNs = StartAt is null or LineOfInput ? 0 : ReadStart(StartAt),
            KeepHistograms = Hlog is not null && FindRate,
            Ramp = ramp,
            Udp = udp,
            Joined = Gso,
            Processes = Processes,
            FirstSource = Environment.ProcessId * SourcesApart,
            InterfaceIndex = Interface is null ? 0 : Interfaces.Index(Interface),
            Hops = Ttl ?? 1,
        };
    }

    /// <summary>The limit of <c>--find-rate</c>, nanoseconds; 0 without it.</summary>
    public long LimitNs => FindRate ? Quantity.Duration("--p99", P99!, least: TimeUnits.Microsecond, most: TimeUnits.Hour) : 0;

    private Protocol? ReadProtocol() => Protocol?.ToLowerInvariant() switch
    {
        null => null,
        "echo" => Serve.Protocol.Echo,
        "http" => Serve.Protocol.Http,
        _ => throw new OperationFailedException($"--protocol '{Protocol}' is not echo or http"),
    };

    private void CheckCombinations(int connections, long? requests, long holdNs, bool generates)
    {
        if (requests is not null && Duration is not null)
        {
            throw new OperationFailedException("-n and -d exclude each other");
        }

        if (requests < connections && !Reconnect)
        {
            throw new OperationFailedException(
                $"-n {Requests} is less than -c {Connections}", "each connection sends at least one request");
        }

        if (Processes > connections || (Reconnect && Processes > (requests ?? Processes)))
        {
            throw new OperationFailedException(
                $"--processes {Processes} is more than there are {(Processes > connections ? "connections" : "requests")}",
                "each takes a share of them");
        }

        if (Reconnect && (Pipeline > 1 || Hold is not null || NoReopen || Ramp is not null))
        {
            throw new OperationFailedException("--reconnect excludes --pipeline, --hold, --no-reopen and --ramp");
        }

        if (FindRate != P99 is not null
            || (FindRate && (Rate is not null || requests is not null || Hold is not null || StartAt is not null)))
        {
            throw new OperationFailedException(
                FindRate && P99 is not null ? "--find-rate excludes --rate, -n, --hold and --start-at"
                : "--find-rate and --p99 belong together", "--find-rate --p99 10ms");
        }

        if (NoVerify && !generates)
        {
            throw new OperationFailedException("--no-verify is for bodies of --size bytes", "--method post");
        }

        if (Histogram && Json)
        {
            throw new OperationFailedException("--histogram is not for --json", "--hgrm FILE, --hlog FILE");
        }
    }

    private void CheckDatagrams(LoadTarget target, bool udp, int least, int most)
    {
        (bool Given, string Name)[] connected =
        [
            (target.IsUnix, "unix:"), (Reconnect, "--reconnect"), (NoReopen, "--no-reopen"), (Hold is not null, "--hold"),
            (Ramp is not null, "--ramp"),
        ];
        if (udp && connected.Any(option => option.Given))
        {
            throw new OperationFailedException(
                $"{string.Join(", ", connected.Where(option => option.Given).Select(option => option.Name))}: "
                + "datagrams have no connections");
        }

        if (udp && Rate is not null && Pipeline > 1)
        {
            throw new OperationFailedException(
                "--pipeline is not for datagrams at a --rate", "they leave at their times, answered or not");
        }

        if (Gso && (!udp || least != most))
        {
            throw new OperationFailedException("--gso is for --udp and datagrams of one size");
        }

        if (udp && (least < UdpFlow.MinSize || most > LargestDatagram))
        {
            throw new OperationFailedException(
                $"--size {Size} is not between {UdpFlow.MinSize} and {LargestDatagram}, the sizes of a datagram");
        }
    }

    private void CheckGroup(bool udp, SocketAddress target)
    {
        if ((Interface is not null || Ttl is not null) && !(udp && Multicast.IsGroup(target.Address)))
        {
            throw new OperationFailedException(
                $"{(Interface is null ? "--ttl" : "--interface")} is for datagrams to a multicast group",
                "udp://239.1.2.3:8080");
        }
    }

    private static double ReadRate(string option, string text) =>
        Quantity.Number(option, text, 0, 1e9) is > 0 and double rate ? rate
        : throw new OperationFailedException($"{option} {text} sends nothing", $"above 0, or no {option} for no limit");

    private void CheckSizes(Protocol protocol, HttpRequestSettings http, int least, int most)
    {
        if (protocol == Serve.Protocol.Http && Size is not null && !http.Generates)
        {
            throw new OperationFailedException("--size is for what is posted", "--method post, without --body");
        }

        if (protocol == Serve.Protocol.Http && least != most && most > HttpRequests.LongestOfRange)
        {
            throw new OperationFailedException(
                $"--size {Size} goes beyond {HttpRequests.LongestOfRange} bytes, the most of a range that is posted");
        }

        if (Seed is not null && least == most)
        {
            throw new OperationFailedException("--seed is for a range of sizes", "--size 64-16K");
        }
    }

    /// <summary>Reads a time of day, a date and time of RFC 3339, or seconds since 1970.</summary>
    private static long ReadStart(string text)
    {
        long now = Clock.Read(Linux.CLOCK_REALTIME);
        long start;
        if (text.StartsWith('@') && decimal.TryParse(
            text.AsSpan(1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal seconds)
            && seconds < 9_000_000_000)
        {
            start = (long)(seconds * TimeUnits.Second);
        }
        else if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out DateTimeOffset time))
        {
            start = (time.UtcDateTime - DateTime.UnixEpoch).Ticks * 100;
        }
        else
        {
            throw new OperationFailedException(
                $"--start-at '{text}' is not a time", "12:30:00, 2026-01-31T12:30:00Z, @1770000000, -");
        }

        return start > now ? start : throw new OperationFailedException($"--start-at {text} is over");
    }
}
