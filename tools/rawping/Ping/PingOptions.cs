using CommandLine;
using NetTools.Terminal;

namespace NetTools.RawPing.Ping;

/// <summary>The command line as the user wrote it.</summary>
internal sealed class PingOptions : SandboxedOptions
{
    [Value(0, MetaName = "HOST", HelpText = "Names or addresses to ping.")]
    public IEnumerable<string> Hosts { get; set; } = [];

    [Option('4', "ipv4", HelpText = "IPv4 only.")]
    public bool V4 { get; set; }

    [Option('6', "ipv6", HelpText = "IPv6 only.")]
    public bool V6 { get; set; }

    [Option('a', "audible", HelpText = "Ring the bell at each reply.")]
    public bool Audible { get; set; }

    [Option('A', "adaptive", HelpText = "Send when the reply to the last request arrives.")]
    public bool Adaptive { get; set; }

    [Option('b', "broadcast", HelpText = "Allow a broadcast address.")]
    public bool Broadcast { get; set; }

    [Option('c', "count", MetaValue = "N", HelpText = "Requests per host; 0: no end. Default 5.")]
    public string? Count { get; set; }

    [Option('C', "connect", HelpText = "Connect the socket: the kernel drops other sources.")]
    public bool Connect { get; set; }

    [Option('D', "date", HelpText = "Print the time before each line.")]
    public bool Date { get; set; }

    [Option('f', "flood", HelpText = "Send as fast as replies come, or 100 a second.")]
    public bool Flood { get; set; }

    [Option('F', "file", MetaValue = "FILE", HelpText = "Ping the hosts in FILE, one per line; - is stdin.")]
    public string? File { get; set; }

    [Option('g', "generate", MetaValue = "NET/LEN", HelpText = "Ping each address of a network, or of FIRST-LAST.")]
    public string? Network { get; set; }

    [Option('i', "interval", MetaValue = "S", HelpText = "Time between requests to a host: 0.2, 200ms. Default 1.")]
    public string? Interval { get; set; }

    [Option('I', "interface", MetaValue = "IFACE",
        HelpText = "Interface to send from, or source address; may be given for both.")]
    public IEnumerable<string> Interfaces { get; set; } = [];

    [Option('l', "preload", MetaValue = "N", HelpText = "Send N requests before waiting for replies.")]
    public int Preload { get; set; } = 1;

    [Option('M', "pmtudisc", MetaValue = "HOW", HelpText = "Don't Fragment: do, probe, want or dont.")]
    public string? PathMtu { get; set; }

    [Option('n', "numeric", HelpText = "Print addresses, no names.")]
    public bool Numeric { get; set; }

    [Option('O', "outstanding", HelpText = "Report a missing reply when the next request is sent.")]
    public bool Outstanding { get; set; }

    [Option('p', "pattern", MetaValue = "HEX", HelpText = "Up to 16 bytes to fill the data with.")]
    public string? Pattern { get; set; }

    [Option('q', "quiet", HelpText = "Print the summary only.")]
    public bool Quiet { get; set; }

    [Option('Q', "tos", MetaValue = "TOS", HelpText = "Type of service or traffic class, as 16 or 0x10.")]
    public string? Tos { get; set; }

    [Option('R', "record-route", HelpText = "Ask routers for their addresses (IPv4).")]
    public bool RecordRoute { get; set; }

    [Option('s', "size", MetaValue = "BYTES", HelpText = "Bytes of data in a request. Default 56.")]
    public string? Size { get; set; }

    [Option('S', "sndbuf", MetaValue = "BYTES", HelpText = "Size of the socket's send buffer.")]
    public string? SendBuffer { get; set; }

    [Option('t', "ttl", MetaValue = "TTL", HelpText = "Time to live, or hop limit, of requests.")]
    public int? Ttl { get; set; }

    [Option('T', "timestamp", MetaValue = "HOW", HelpText = "Ask routers for times: tsonly or tsandaddr (IPv4).")]
    public string? Timestamp { get; set; }

    [Option('U', "user-latency", HelpText = "Measure until user space has the reply.")]
    public bool UserLatency { get; set; }

    [Option('v', "verbose", HelpText = "Also print the socket type and kernel times.")]
    public bool Verbose { get; set; }

    [Option('w', "deadline", MetaValue = "S", HelpText = "Exit after S seconds.")]
    public string? Deadline { get; set; }

    [Option('W', "timeout", MetaValue = "S", HelpText = "Seconds to wait for a reply. Default 10 (1 in sweeps).")]
    public string? Timeout { get; set; }

    [Option("hdrincl", HelpText = "Build the IP header (IP_HDRINCL).")]
    public bool HeaderIncluded { get; set; }

    [Option("source", MetaValue = "ADDR", HelpText = "Source address; with --hdrincl any address.")]
    public string? Source { get; set; }

    [Option("id", MetaValue = "ID", HelpText = "IPv4 identification, with --hdrincl.")]
    public int? Identification { get; set; }

    [Option("df", HelpText = "Don't Fragment; the same as -M do.")]
    public bool DontFragment { get; set; }

    [Option("options", MetaValue = "LIST", HelpText = "IPv4 options: rr, tsonly, tsandaddr, tsprespec=A/B, nop, 0xHEX.")]
    public string? IpOptions { get; set; }

    [Option("icmp-type", MetaValue = "TYPE", HelpText = "ICMP type: a number, or echo, timestamp, mask.")]
    public string? IcmpType { get; set; }

    [Option("icmp-code", MetaValue = "CODE", HelpText = "ICMP code.")]
    public int? IcmpCode { get; set; }

    [Option("payload", MetaValue = "FILE|0xHEX", HelpText = "The data, to the last byte.")]
    public string? Payload { get; set; }

    [Option("dry-run", HelpText = "Print the packet, every field named; send nothing.")]
    public bool DryRun { get; set; }

    [Option("histogram", HelpText = "Draw the round-trip times.")]
    public bool Histogram { get; set; }

    [Option("interval-global", MetaValue = "S", HelpText = "Time between any two requests: 0.01, 10ms.")]
    public string? IntervalGlobal { get; set; }

    [Option("alive", HelpText = "Sweep: print only the hosts that answer.")]
    public bool Alive { get; set; }

    [Option("dead", HelpText = "Sweep: print only the hosts that do not answer.")]
    public bool Dead { get; set; }

    [Option("retries", MetaValue = "N", HelpText = "Sweep: ping silent hosts up to N more times. Default 0.")]
    public int Retries { get; set; }

    [Option("backoff", MetaValue = "F", HelpText = "Sweep: multiply the timeout by F at each retry. Default 1.5.")]
    public double Backoff { get; set; } = 1.5;

    [Option("min-reachable", MetaValue = "N", HelpText = "Sweep: exit 0 when N hosts answer. Default 1.")]
    public int MinReachable { get; set; } = 1;

    [Option("trace", HelpText = "Find the routers on the way, as mtr does.")]
    public bool Trace { get; set; }

    [Option("protocol", MetaValue = "P", HelpText = "--trace: kind of probes: icmp (default), udp or tcp.")]
    public string? Protocol { get; set; }

    [Option("port", MetaValue = "N", HelpText = "--trace: destination port. Default 33434 (udp), 80 (tcp).")]
    public int? Port { get; set; }

    [Option("flows", MetaValue = "N", HelpText = "--trace: flows per hop, to see where paths part. Default 1.")]
    public int Flows { get; set; } = 1;

    [Option("first-hop", MetaValue = "N", HelpText = "--trace: first TTL. Default 1.")]
    public int FirstHop { get; set; } = 1;

    [Option("max-hops", MetaValue = "N", HelpText = "--trace: last TTL, the same as -t. Default 30.")]
    public int? MaxHops { get; set; }

    [Option("max-silent", MetaValue = "N", HelpText = "--trace: stop after N silent hops in a row. Default 10.")]
    public int MaxSilent { get; set; } = 10;

    [Option("report", HelpText = "--trace: print the table once, at the end.")]
    public bool Report { get; set; }

    [Option("csv", HelpText = "--trace: print the table as CSV.")]
    public bool Csv { get; set; }

    [Option("pmtu", HelpText = "Find the largest packet that passes whole.")]
    public bool FindPathMtu { get; set; }

    [Option("json", HelpText = "Print one JSON object per host instead of text.")]
    public bool Json { get; set; }

    [Option("json-lines", HelpText = "Print one JSON object per event as it happens.")]
    public bool JsonLines { get; set; }

    [Option("prometheus", MetaValue = "FILE", HelpText = "Write counters for Prometheus to FILE, every 15 s or --every.")]
    public string? Prometheus { get; set; }

    [Option("every", MetaValue = "S", HelpText = "Print statistics every S seconds.")]
    public string? Every { get; set; }
}
