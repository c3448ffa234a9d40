using NetTools.Packets;
using Xunit;

namespace NetTools.Tests.Packets;

public class IcmpHeaderTests
{
    [Fact]
    public void An_echo_request_is_read_back_as_written()
    {
        byte[] message = [0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3];
        IcmpHeader.Write(message, IcmpType.EchoRequest, code: 0, identifier: 0xabcd, sequence: 0xff01);
        Assert.True(IcmpHeader.TryRead(message, out IcmpHeader header));
        Assert.Equal(IcmpType.EchoRequest, header.Type);
        Assert.Equal(0, header.Code);
        Assert.Equal(0xabcd, header.Identifier);
        Assert.Equal(0xff01, header.Sequence);
        Assert.Equal(0xabcdff01, header.Rest);
        Assert.Equal(new byte[] { 1, 2, 3 }, header.Payload.ToArray());
        Assert.True(header.ChecksumIsValid);
    }

    [Fact]
    public void An_ICMPv6_message_is_checked_with_its_pseudo_header()
    {
        byte[] source = System.Net.IPAddress.Parse("fe80::1").GetAddressBytes();
        byte[] destination = System.Net.IPAddress.Parse("fe80::2").GetAddressBytes();
        byte[] message = new byte[64];
        ulong pseudo = InternetChecksum.AddPseudoHeader(0, source, destination, 58, message.Length);
        IcmpHeader.Write(message, Icmpv6Type.EchoRequest, 0, 7, 9, pseudo);
        Assert.True(IcmpHeader.TryRead(message, out IcmpHeader header));
        Assert.True(header.ChecksumIsValidV6(source, destination));
        Assert.False(header.ChecksumIsValidV6(source, source));
        Assert.False(header.ChecksumIsValid);
    }

    [Fact]
    public void An_errors_quote_is_read_for_both_versions()
    {
        byte[] v4 = new byte[28];
        IPv4Header.Write(v4, new IPv4Fields
        {
            TotalLength = 84, // quotes are cut: the packet was longer
            Protocol = 1,
            Source = [10, 0, 0, 1],
            Destination = [10, 0, 0, 2],
        });
        Assert.True(IcmpQuote.TryRead(v4, out IcmpQuote quote));
        Assert.Equal(4, quote.Version);
        Assert.Equal(1, quote.Protocol);
        Assert.Equal(8, quote.Payload.Length);
        Assert.Equal(new byte[] { 10, 0, 0, 2 }, quote.Destination.ToArray());

        byte[] v6 = new byte[48];
        IPv6Header.Write(v6, new IPv6Fields
        {
            PayloadLength = 64,
            NextHeader = 58,
            Source = new byte[16],
            Destination = new byte[16]
        });
        Assert.True(IcmpQuote.TryRead(v6, out quote));
        Assert.Equal(6, quote.Version);
        Assert.Equal(58, quote.Protocol);
        Assert.Equal(8, quote.Payload.Length);
    }

    [Fact]
    public void A_later_fragment_in_a_quote_says_nothing()
    {
        byte[] quoted = new byte[28];
        IPv4Header.Write(quoted, new IPv4Fields { FragmentOffset = 8, Source = new byte[4], Destination = new byte[4] });
        Assert.False(IcmpQuote.TryRead(quoted, out _));
    }
}
