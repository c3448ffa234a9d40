using NetTools.Libc;
using NetTools.Os;
using NetTools.Sockets;
using Xunit;
using static Tmds.Linux.LibC;

namespace NetTools.Tests.Sockets;

public class SocketOptionTests
{
    [Fact]
    public void A_flag_is_read_back_as_set()
    {
        using Descriptor socket = Tcp();
        Assert.Equal(0, SocketOption.NoDelay.Get(socket.Value));
        SocketOption.NoDelay.Set(socket.Value, true);
        Assert.Equal(1, SocketOption.NoDelay.Get(socket.Value));
    }

    [Fact]
    public void A_buffer_is_doubled()
    {
        using Descriptor socket = Tcp();
        SocketOption.ReceiveBuffer.Set(socket.Value, 65536);
        Assert.Equal(2 * 65536, SocketOption.ReceiveBuffer.Get(socket.Value));
    }

    [Fact]
    public void A_refused_option_names_itself_and_the_reason()
    {
        using Descriptor udp = Descriptor.Open(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "creating a socket");
        LibcException e = Assert.Throws<LibcException>(() => SocketOption.NoDelay.Set(udp.Value, 1));
        Assert.StartsWith("setting TCP_NODELAY to 1: E", e.Message);
    }

    [Fact]
    public void Every_option_is_found_by_its_name_and_no_two_are_the_same()
    {
        Assert.All(SocketOption.All, option => Assert.Same(option, SocketOption.Find(option.Name.ToLowerInvariant())));
        Assert.Equal(SocketOption.All.Count, SocketOption.All.DistinctBy(option => (option.Level, option.Number)).Count());
        Assert.Null(SocketOption.Find("SO_NOTHING"));
    }

    [Fact]
    public void Congestion_control_is_set_and_read_back()
    {
        using Descriptor socket = Tcp();
        Assert.True(SocketOption.TrySetCongestion(socket.Value, "reno"));
        Assert.Equal("reno", SocketOption.GetCongestion(socket.Value));
        Assert.False(SocketOption.TrySetCongestion(socket.Value, "no-such-control-exists"));
        Assert.Equal("reno", SocketOption.GetCongestion(socket.Value));
    }

    [Fact]
    public void TcpInfo_reads_the_bit_fields()
    {
        Span<tcp_info> info = stackalloc tcp_info[1];
        System.Runtime.InteropServices.MemoryMarshal.AsBytes(info)[6] = 0x97;
        TcpInfo read = TcpInfo.From(info[0]);
        Assert.Equal((7, 9), (read.SendWindowScale, read.ReceiveWindowScale));
    }

    [Fact]
    public void TcpInfo_of_a_fresh_socket_is_empty()
    {
        using Descriptor socket = Tcp();
        TcpInfo info = TcpInfo.Read(socket.Value);
        Assert.Equal((0u, 0u, 0ul), (info.Retransmits, info.SegmentsOut, info.BytesReceived));
    }

    private static Descriptor Tcp() => Descriptor.Open(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "creating a socket");
}
