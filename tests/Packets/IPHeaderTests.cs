using NetTools.Packets;
using Xunit;

namespace NetTools.Tests.Packets;

public class IPHeaderTests
{
    [Fact]
    public void An_IPv4_header_is_read_back_as_written()
    {
        byte[] packet = new byte[28 + 8];
        int length = IPv4Header.Write(packet, new IPv4Fields
        {
            TypeOfService = 0xb8,
            TotalLength = 36,
            Identification = 0x1234,
            DontFragment = true,
            MoreFragments = true,
            FragmentOffset = 1480,
            TimeToLive = 3,
            Protocol = 1,
            Source = [192, 0, 2, 1],
            Destination = [198, 51, 100, 7],
            Options = [7, 7, 4, 0, 0, 0, 0],
        });
        Assert.Equal(28, length);
        Assert.True(IPv4Header.TryRead(packet, out IPv4Header header));
        Assert.Equal(28, header.HeaderLength);
        Assert.Equal(0xb8, header.TypeOfService);
        Assert.Equal(36, header.TotalLength);
        Assert.Equal(0x1234, header.Identification);
        Assert.True(header.DontFragment);
        Assert.True(header.MoreFragments);
        Assert.Equal(1480, header.FragmentOffset);
        Assert.Equal(3, header.TimeToLive);
        Assert.Equal(1, header.Protocol);
        Assert.True(header.ChecksumIsValid);
        Assert.Equal("192.0.2.1", new System.Net.IPAddress(header.Source).ToString());
        Assert.Equal("198.51.100.7", new System.Net.IPAddress(header.Destination).ToString());
        Assert.Equal(new byte[] { 7, 7, 4, 0, 0, 0, 0, 0 }, header.Options.ToArray());
        Assert.Equal(8, header.Payload.Length);
        Assert.False(header.IsTruncated);
    }

    [Theory]
    [InlineData(0, 14)] // a length of zero: the card has yet to fill it in, so all that is here
    [InlineData(20, 0)]
    [InlineData(10, 0)] // shorter than its own header
    [InlineData(26, 6)] // link padding is left out
    [InlineData(65535, 14)]
    public void The_IPv4_payload_never_leaves_the_packet(int totalLength, int expected)
    {
        byte[] packet = new byte[34];
        IPv4Header.Write(packet, new IPv4Fields
        {
            TotalLength = totalLength,
            Source = [1, 2, 3, 4],
            Destination = [5, 6, 7, 8],
        });
        Assert.True(IPv4Header.TryRead(packet, out IPv4Header header));
        Assert.Equal(expected, header.Payload.Length);
    }

    [Fact]
    public void An_IPv6_header_is_read_back_as_written()
    {
        byte[] packet = new byte[60];
        byte[] source = System.Net.IPAddress.Parse("2001:db8::1").GetAddressBytes();
        byte[] destination = System.Net.IPAddress.Parse("2001:db8::2").GetAddressBytes();
        IPv6Header.Write(packet, new IPv6Fields
        {
            TrafficClass = 0xb8,
            FlowLabel = 0xabcde,
            PayloadLength = 16,
            NextHeader = 58,
            HopLimit = 64,
            Source = source,
            Destination = destination,
        });
        Assert.True(IPv6Header.TryRead(packet, out IPv6Header header));
        Assert.Equal(0xb8, header.TrafficClass);
        Assert.Equal(0xabcde, header.FlowLabel);
        Assert.Equal(16, header.PayloadLength);
        Assert.Equal(58, header.NextHeader);
        Assert.Equal(64, header.HopLimit);
        Assert.Equal(source, header.Source.ToArray());
        Assert.Equal(destination, header.Destination.ToArray());
        Assert.Equal(16, header.Payload.Length);
        Assert.True(header.TryReadUpperLayer(out IPv6UpperLayer upper));
        Assert.Equal(58, upper.Protocol);
        Assert.Equal(16, upper.Payload.Length);
    }

    [Fact]
    public void Extension_headers_are_walked_to_the_upper_layer()
    {
        // hop-by-hop (8 bytes), destination options (16), authentication (12), first fragment (8), then ICMPv6
        byte[] packet = Packet(0, [60, 0, 0, 0, 0, 0, 0, 0,
            51, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            44, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            58, 0, 0, 1, 0, 0, 0, 9,
            128, 0, 1, 2]);
        Assert.True(IPv6Header.TryRead(packet, out IPv6Header header));
        Assert.True(header.TryReadUpperLayer(out IPv6UpperLayer upper));
        Assert.Equal(58, upper.Protocol);
        Assert.Equal(0, upper.FragmentOffset);
        Assert.True(upper.MoreFragments);
        Assert.Equal(new byte[] { 128, 0, 1, 2 }, upper.Payload.ToArray());
    }

    [Fact]
    public void A_later_fragment_ends_the_walk()
    {
        byte[] packet = Packet(44, [60, 0, 0x05, 0xa8, 0, 0, 0, 9, 1, 2, 3]);
        Assert.True(IPv6Header.TryRead(packet, out IPv6Header header));
        Assert.True(header.TryReadUpperLayer(out IPv6UpperLayer upper));
        Assert.Equal(1448, upper.FragmentOffset);
        Assert.Equal(60, upper.Protocol); // named, but its header is in another fragment
        Assert.Equal(3, upper.Payload.Length);
    }

    [Fact]
    public void A_chain_that_runs_past_the_end_is_refused()
    {
        byte[] packet = Packet(0, [60, 200, 0, 0, 0, 0, 0, 0]);
        Assert.True(IPv6Header.TryRead(packet, out IPv6Header header));
        Assert.False(header.TryReadUpperLayer(out _));
    }

    private static byte[] Packet(byte nextHeader, byte[] payload)
    {
        byte[] packet = new byte[IPv6Header.Length + payload.Length];
        IPv6Header.Write(packet, new IPv6Fields
        {
            PayloadLength = payload.Length,
            NextHeader = nextHeader,
            Source = new byte[16],
            Destination = new byte[16],
        });
        payload.CopyTo(packet, IPv6Header.Length);
        return packet;
    }
}
