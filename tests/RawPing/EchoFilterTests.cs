using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using NetTools.RawPing.Kernel;
using Xunit;
using static Tmds.Linux.LibC;

namespace NetTools.Tests.RawPing;

/// <summary>Runs the BPF programs in the kernel, on a pair of unix sockets, which filter too.</summary>
public sealed unsafe class EchoFilterTests : IDisposable
{
    private const ushort Id = 0xbeef;
    private readonly int[] _pair = new int[2];

    public EchoFilterTests()
    {
        fixed (int* pair = _pair)
        {
            Errno.Check(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair), "making a pair");
        }
    }

    public void Dispose()
    {
        _ = close(_pair[0]);
        _ = close(_pair[1]);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    public void ICMP(int headerLength)
    {
        Attach(EchoFilter.V4(IcmpType.EchoReply, Id));
        Assert.True(Passes(V4(headerLength, Message(IcmpType.EchoReply, Id))));
        Assert.False(Passes(V4(headerLength, Message(IcmpType.EchoReply, 1))));
        Assert.False(Passes(V4(headerLength, Message(IcmpType.EchoRequest, Id)))); // our own, on lo
        foreach (byte type in new byte[] { 3, 4, 5, 11, 12 })
        {
            foreach (int quoted in new[] { 20, 24, 60 })
            {
                Assert.True(Passes(V4(headerLength, Error(type, V4(quoted, Message(IcmpType.EchoRequest, Id))))));
                Assert.False(Passes(V4(headerLength, Error(type, V4(quoted, Message(IcmpType.EchoRequest, 2))))));
            }
        }

        Assert.False(Passes(V4(headerLength, Error(IcmpType.TimestampReply, V4(20, Message(IcmpType.EchoRequest, Id))))));
        Assert.False(Passes(V4(headerLength, Message(IcmpType.EchoReply, Id))[..(headerLength + 5)]));
    }

    [Fact]
    public void ICMPv6()
    {
        Attach(EchoFilter.V6(Icmpv6Type.EchoReply, Id));
        Assert.True(Passes(Message(Icmpv6Type.EchoReply, Id)));
        Assert.False(Passes(Message(Icmpv6Type.EchoReply, 1)));
        Assert.False(Passes(Message(Icmpv6Type.EchoRequest, Id)));
        Assert.False(Passes(Message(Icmpv6Type.NeighborAdvertisement, Id)));
        foreach (byte type in new byte[] { 1, 2, 3, 4 })
        {
            Assert.True(Passes(Error(type, V6(58, Message(Icmpv6Type.EchoRequest, Id)))));
            Assert.False(Passes(Error(type, V6(58, Message(Icmpv6Type.EchoRequest, 3)))));
            Assert.True(Passes(Error(type, V6(0, Message(Icmpv6Type.EchoRequest, Id))))); // extension headers: not for BPF
        }
    }

    private void Attach(sock_filter[] program)
    {
        fixed (sock_filter* first = program)
        {
            sock_fprog filter = new() { len = (ushort)program.Length, filter = first };
            Errno.Check(setsockopt(_pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(sock_fprog)), "attaching");
        }
    }

    private bool Passes(byte[] packet)
    {
        byte* room = stackalloc byte[256];
        fixed (byte* bytes = packet)
        {
            Errno.Check((int)send(_pair[0], bytes, packet.Length, 0), "sending");
        }

        return (int)recv(_pair[1], room, 256, MSG_DONTWAIT) == packet.Length;
    }

    private static byte[] Message(byte type, ushort id)
    {
        byte[] message = new byte[16];
        IcmpHeader.Write(message, type, 0, id, 1);
        return message;
    }

    private static byte[] Error(byte type, byte[] quoted)
    {
        byte[] message = [.. new byte[8], .. quoted];
        IcmpHeader.Write(message, type, 0, 0, 0);
        return message;
    }

    private static byte[] V4(int headerLength, byte[] payload)
    {
        byte[] packet = [.. new byte[headerLength], .. payload];
        IPv4Header.Write(packet, new IPv4Fields
        {
            TotalLength = packet.Length,
            Protocol = 1,
            Source = new byte[4],
            Destination = new byte[4],
            Options = new byte[headerLength - 20],
        });
        return packet;
    }

    private static byte[] V6(byte nextHeader, byte[] payload)
    {
        byte[] packet = [.. new byte[40], .. payload];
        IPv6Header.Write(packet, new IPv6Fields
        {
            PayloadLength = payload.Length,
            NextHeader = nextHeader,
            Source = new byte[16],
            Destination = new byte[16],
        });
        return packet;
    }
}
