using NetTools.Packets;
using NetTools.PktSniff.Protocols;
using Xunit;

namespace NetTools.Tests.Packets;

/// <summary>Readers that go from one thing to the next: they end on all bytes.</summary>
public class ReaderTests
{
    [Theory]
    [InlineData(new byte[] { 2, 4, 5, 0xb4, 1, 3, 3, 7, 0, 9 }, 3, true, false)]
    [InlineData(new byte[] { 1, 1, 1 }, 3, false, false)]
    [InlineData(new byte[] { 1, 2, 0, 0 }, 1, false, true)]
    [InlineData(new byte[] { 1, 2, 5, 0 }, 1, false, true)]
    [InlineData(new byte[] { 8 }, 0, false, true)]
    [InlineData(new byte[0], 0, false, false)]
    public void Options_end_or_break(byte[] bytes, int count, bool isEnded, bool isBroken)
    {
        OptionReader options = new(bytes);
        int read = 0;
        while (options.Next())
        {
            read++;
        }

        Assert.False(options.Next());
        Assert.Equal((count, isEnded, isBroken), (read, options.IsEnded, options.IsBroken));
    }

    [Fact]
    public void A_chain_of_extension_headers_ends_with_the_packet()
    {
        byte[] packet = new byte[IPv6Header.Length + 65528];
        IPv6Header.Write(packet, new IPv6Fields
        {
            NextHeader = 60,
            PayloadLength = 65528,
            Source = new byte[16],
            Destination = new byte[16]
        });
        for (int at = IPv6Header.Length; at < packet.Length; at += 8)
        {
            packet[at] = 60;
        }

        Assert.True(IPv6Header.TryRead(packet, out IPv6Header ip));
        IPv6ExtensionReader extensions = ip.Extensions;
        int count = 0;
        while (extensions.Next())
        {
            count++;
        }

        Assert.Equal(65528 / 8, count);
        Assert.True(extensions.IsBroken);
        Assert.False(ip.TryReadUpperLayer(out _));
    }

    [Theory]
    [InlineData("a name that points at itself", new byte[] { 0xc0, 0 }, 0, 0, true)]
    [InlineData("one that points forward", new byte[] { 0xc0, 4, 0, 0, 1, 97, 0 }, 0, 0, true)]
    [InlineData("two that point at each other", new byte[] { 0xc0, 2, 0xc0, 0 }, 2, 0, true)]
    [InlineData("labels that end in a pointer to themselves", new byte[] { 1, 97, 0xc0, 0 }, 0, 1, true)]
    [InlineData("one that points backwards", new byte[] { 1, 97, 0, 1, 98, 0xc0, 0 }, 3, 2, false)]
    public void Compressed_names_end(string what, byte[] message, int at, int count, bool isLoop)
    {
        DnsLabelReader labels = new(message, at);
        int read = 0;
        while (labels.Next())
        {
            read++;
        }

        Assert.True((count, isLoop) == (read, labels.IsLoop), what);
    }

    [Fact]
    public void A_name_is_no_longer_than_255_bytes()
    {
        // Each pointer leads backwards to a label and the pointer behind it: the name grows, but not for ever.
        byte[] message = new byte[4000];
        for (int i = 1; i < 1000; i++)
        {
            (message[4 * i], message[4 * i + 1], message[4 * i + 2], message[4 * i + 3]) =
                (1, 97, (byte)(0xc0 | (4 * i - 4) >> 8), (byte)(4 * i - 4));
        }

        DnsLabelReader labels = new(message, 3996);
        int read = 0;
        while (labels.Next())
        {
            read++;
        }

        Assert.Equal(127, read);
        Assert.True(labels.IsBroken);
        Assert.False(labels.IsLoop);
    }

    [Fact]
    public void Elements_that_are_cut_off_are_left_out()
    {
        LldpReader lldp = new([2, 7, 4, 2, 0, 0, 0, 0, 1, 4, 200, 1]);
        Assert.True(lldp.Next());
        Assert.Equal((LldpReader.ChassisId, 7), (lldp.Type, lldp.Value.Length));
        Assert.False(lldp.Next());
        DhcpOptionReader dhcp = new([0, 0, 53, 1, 2, 0, 12, 9, 97]);
        Assert.True(dhcp.Next());
        Assert.Equal((53, 1), (dhcp.Code, dhcp.Value.Length));
        Assert.False(dhcp.Next());
        NeighborOptionReader neighbor = new([1, 1, 0, 0, 0, 0, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0]);
        Assert.True(neighbor.Next());
        Assert.False(neighbor.Next());
        Assert.False(new NeighborOptionReader(new byte[64]).Next());
    }
}
