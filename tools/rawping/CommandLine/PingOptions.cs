using CommandLine;

namespace NetTools.RawPing;

/// <summary>The command line as the user wrote it.</summary>
internal sealed class PingOptions
{
    [Value(0, MetaName = "HOST", HelpText = "Names or addresses to ping.")]
    public IEnumerable<string> Hosts { get; set; } = [];

    [Option('c', "count", MetaValue = "N", HelpText = "Requests to send to each host; 0 for no end. Default 5.")]
    public long? Count { get; set; }

    [Option('i', "interval", MetaValue = "S", HelpText = "Seconds between requests to a host. Default 1.")]
    public double? Interval { get; set; }

    [Option('s', "size", MetaValue = "BYTES", HelpText = "Bytes of data in a request. Default 56.")]
    public int Size { get; set; } = 56;

    [Option('t', "ttl", MetaValue = "TTL", HelpText = "Time to live, or hop limit, of requests.")]
    public int? Ttl { get; set; }

    [Option('W', "timeout", MetaValue = "S", HelpText = "Seconds a reply may take. Default 10, less after the first.")]
    public double? Timeout { get; set; }

    [Option('w', "deadline", MetaValue = "S", HelpText = "Seconds until rawping ends, whatever came.")]
    public double? Deadline { get; set; }

    [Option('4', "ipv4", HelpText = "IPv4 only.")]
    public bool V4 { get; set; }

    [Option('6', "ipv6", HelpText = "IPv6 only.")]
    public bool V6 { get; set; }

    [Option('I', "interface", MetaValue = "IFACE", HelpText = "Interface to send from, or a source address.")]
    public string? Interface { get; set; }

    [Option('f', "flood", HelpText = "Send as fast as replies come, and 100 times a second if none do.")]
    public bool Flood { get; set; }

    [Option('q', "quiet", HelpText = "Print the summary only.")]
    public bool Quiet { get; set; }

    [Option("hdrincl", HelpText = "Write the IP header ourselves (IP_HDRINCL).")]
    public bool HeaderIncluded { get; set; }

    [Option("source", MetaValue = "ADDR", HelpText = "Source address; with --hdrincl any at all.")]
    public string? Source { get; set; }

    [Option("json", HelpText = "Print one JSON object per host instead of text.")]
    public bool Json { get; set; }
}
