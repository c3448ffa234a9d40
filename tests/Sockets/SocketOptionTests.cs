using System.Reflection;
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
    public void All_holds_every_option_of_the_class()
    {
        SocketOption[] fields = [.. typeof(SocketOption).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.FieldType == typeof(SocketOption)).Select(field => (SocketOption)field.GetValue(null)!)];
        Assert.Equal(29, fields.Length);
        Assert.Equal(fields.OrderBy(option => option.Name), SocketOption.All.OrderBy(option => option.Name));
        Assert.Equal(fields.Length, fields.DistinctBy(option => (option.Level, option.Number)).Count());
    }

    [Theory]
    [InlineData("TCP_NODELAY", 6, 1)]
    [InlineData("tcp_nodelay", 6, 1)]
    [InlineData("SO_RCVBUF", 1, 8)]
    [InlineData("IP_TOS", 0, 1)]
    [InlineData("IPV6_TCLASS", 41, 67)]
    [InlineData("TCP_DEFER_ACCEPT", 6, 9)]
    [InlineData("TCP_FASTOPEN", 6, 23)]
    [InlineData("TCP_NOTSENT_LOWAT", 6, 25)]
    [InlineData("UDP_SEGMENT", 17, 103)]
    [InlineData("udp_gro", 17, 104)]
    public void An_option_is_found_by_its_name_in_any_case(string name, int level, int number)
    {
        SocketOption? found = SocketOption.Find(name);
        Assert.Equal((level, number), (found?.Level, found?.Number));
    }

    [Fact]
    public void A_name_that_no_option_has_finds_none() => Assert.Null(SocketOption.Find("SO_NOTHING"));

    [Fact]
    public void Congestion_control_is_set_and_read_back()
    {
        using Descriptor socket = Tcp();
        Assert.True(SocketOptions.TrySetCongestion(socket.Value, "reno"));
        Assert.Equal("reno", SocketOptions.GetCongestion(socket.Value));
        Assert.False(SocketOptions.TrySetCongestion(socket.Value, "no-such-control-exists"));
        Assert.Equal("reno", SocketOptions.GetCongestion(socket.Value));
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
