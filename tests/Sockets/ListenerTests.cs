using System.Net;
using System.Net.Sockets;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using Xunit;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.Tests.Sockets;

public unsafe class ListenerTests
{
    [Fact]
    public void Any_address_takes_both_families_and_accepted_sockets_inherit_options()
    {
        using Descriptor listener = Listener.OpenTcp(SocketAddress.From(IPAddress.IPv6Any, 0), 16,
            socket => SocketOption.NoDelay.Set(socket, true), out SocketAddress bound);
        Assert.NotEqual(0, bound.Port);
        foreach (IPAddress address in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            using Socket client = new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            client.Connect(address, bound.Port);
            using Descriptor accepted = Descriptor.Open(LibC.accept4(listener.Value, null, null, 0), "accepting");
            Assert.Equal(1, SocketOption.NoDelay.Get(accepted.Value));
        }
    }

    [Fact]
    public void A_taken_port_says_so()
    {
        using Descriptor first = Listener.OpenTcp(SocketAddress.From(IPAddress.Loopback, 0), 16, null, out SocketAddress bound);
        LibcException failure = Assert.Throws<LibcException>(() => Listener.OpenTcp(bound, 16, null, out _));
        Assert.Equal($"binding to {bound}: EADDRINUSE: Address already in use", failure.Message);
        Assert.Contains("ss -ltnp", failure.Hint);
    }

    [Fact]
    public void Udp_is_bound()
    {
        using Descriptor socket = Listener.OpenUdp(SocketAddress.From(IPAddress.Loopback, 0), null, out SocketAddress bound);
        Assert.Equal(bound.ToString(), Listener.LocalAddress(socket.Value).ToString());
    }
}
