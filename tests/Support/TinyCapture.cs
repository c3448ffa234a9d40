namespace NetTools.Tests.Support;

/// <summary>The smallest capture file worth reading.</summary>
public static class TinyCapture
{
    /// <summary>A pcap file of one ARP request: who has 10.77.0.2? Tell 10.77.0.1.</summary>
    public static ReadOnlySpan<byte> Bytes =>
    [
        0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0, 42, 0, 0, 0,
        255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 1, 8, 6,
        0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 10, 77, 0, 1, 0, 0, 0, 0, 0, 0, 10, 77, 0, 2,
    ];
}
