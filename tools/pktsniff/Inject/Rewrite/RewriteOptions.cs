using CommandLine;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.PktSniff.Inject.Rewrite;

/// <summary>The part of <c>pktsniff inject</c>'s command line that says what to change in frames.</summary>
internal abstract class RewriteOptions : SandboxedOptions
{
    [Option("src-mac", MetaValue = "MAC[,MAC]", HelpText = "Write MAC as the source of every frame; the second one with -I.")]
    public string? SourceMac { get; set; }

    [Option("dst-mac", MetaValue = "MAC[,MAC]", HelpText = "The same for the destination.")]
    public string? DestinationMac { get; set; }

    [Option("map-mac", MetaValue = "OLD=NEW",
        HelpText = "Write NEW where OLD stands, as source or destination; may be repeated.")]
    public IEnumerable<string> MacMap { get; set; } = [];

    [Option("map-ip", MetaValue = "OLD=NEW",
        HelpText = "Write the address or prefix NEW where OLD stands; IPv4 or IPv6; may be repeated.")]
    public IEnumerable<string> AddressMap { get; set; } = [];

    [Option("src-ip", MetaValue = "ADDR",
        HelpText = "Source ADDR[/LENGTH] for all packets of its family that no --map-ip changes.")]
    public IEnumerable<string> SourceAddress { get; set; } = [];

    [Option("dst-ip", MetaValue = "ADDR", HelpText = "The same for the destination.")]
    public IEnumerable<string> DestinationAddress { get; set; } = [];

    [Option("map-vlan", MetaValue = "OLD=NEW", HelpText = "Write VLAN id NEW where OLD stands, in every tag; may be repeated.")]
    public IEnumerable<string> VlanMap { get; set; } = [];

    [Option("map-port", MetaValue = "OLD=NEW",
        HelpText = "Write port NEW where OLD stands, in TCP, UDP or UDP-Lite; may be repeated.")]
    public IEnumerable<string> PortMap { get; set; } = [];

    [Option("fix-checksums", HelpText = "Recompute the checksums of IPv4, TCP, UDP, UDP-Lite, ICMP and ICMPv6.")]
    public bool FixChecksums { get; set; }

    /// <summary>Whether an address is given for the second interface.</summary>
    protected bool HasSecondMac => SourceMac?.Contains(',') == true || DestinationMac?.Contains(',') == true;

    /// <summary>Checks what was asked for.</summary>
    /// <returns>Null when nothing is to be changed.</returns>
    /// <exception cref="OperationFailedException">It makes no sense.</exception>
    protected RewriteSettings? ToRewriteSettings()
    {
        RewriteSettings settings = new()
        {
            SourceMac = Mac(SourceMac, "--src-mac", 0),
            DestinationMac = Mac(DestinationMac, "--dst-mac", 0),
            SecondSourceMac = Mac(SourceMac, "--src-mac", 1),
            SecondDestinationMac = Mac(DestinationMac, "--dst-mac", 1),
            Macs = [.. MacMap.Select(AddressText.ReadMacRule)],
            Addresses =
            [
                .. AddressMap.Select(AddressText.ReadAddressRule),
                .. SourceAddress.Select(text => AddressRule.ForAll(AddressText.ReadPrefix(text, "--src-ip"), ofSource: true)),
                .. DestinationAddress.Select(text =>
                    AddressRule.ForAll(AddressText.ReadPrefix(text, "--dst-ip"), ofSource: false)),
            ],
            Vlans = [.. VlanMap.Select(text => AddressText.ReadNumberRule(text, "--map-vlan", 4095))],
            Ports = [.. PortMap.Select(text => AddressText.ReadNumberRule(text, "--map-port", 65535))],
            FixChecksums = FixChecksums,
        };
        return settings.ChangesAddresses || FixChecksums ? settings : null;
    }

    /// <summary>The address for the first interface, or the one for the second, which may be the same.</summary>
    private static byte[]? Mac(string? text, string option, int side)
    {
        string[] parts = text?.Split(',', 2) ?? [];
        return parts.Length == 0 ? null : AddressText.ReadMac(parts[Math.Min(side, parts.Length - 1)], option);
    }
}
