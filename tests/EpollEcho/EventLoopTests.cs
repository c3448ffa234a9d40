using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetTools.EpollEcho.Serve;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.EpollEcho;

public unsafe class EventLoopTests
{
    [Fact]
    public void A_million_events_allocate_nothing()
    {
        Serve(100, out _); // what the just-in-time compiler and static data take
        Allocations.AssertNoneCounted(() =>
        {
            Assert.Equal(1_000_000, Serve(10_000, out long allocated));
            return allocated;
        });
    }

    [Fact]
    public void A_connection_fits_a_cache_line() => Assert.Equal(64, sizeof(Connection));

    [Fact]
    public void The_ready_list_is_a_queue()
    {
        using ReadyList list = new(3);
        for (int i = 0; i < 100; i++)
        {
            list.Add(i);
            list.Add(i + 1);
            Assert.Equal((2, i), (list.Count, list.First));
            Assert.Equal(i, list.Take());
            Assert.Equal(i + 1, list.Take());
        }
    }

    /// <summary>Serves 100 connections that each send one byte a round, and the next only when it has come back.</summary>
    /// <returns>The bytes received: each was an event of its own.</returns>
    private static long Serve(int rounds, out long allocated)
    {
        const int Connections = 100;
        using TempFolder folder = new();
        UnixDomainSocketEndPoint address = new(folder.File("socket")); // cheaper than TCP, and the loop does not care
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        listener.Bind(address);
        listener.Listen(Connections);
        using Descriptor stop = Descriptor.Open(LibC.eventfd(0, 0), "creating an eventfd");
        Counters* counters = (Counters*)NativeMemory.AllocZeroed((nuint)sizeof(Counters));
        ServeSettings settings = new(default);
        Connections all = new(settings, counters);
        EventLoop<EchoHandler> loop = new(
            settings, all, new EchoHandler(all), LibC.dup((int)listener.Handle), stop.Value, () => LoopOrder.Stop);

        Socket[] sockets = new Socket[Connections];
        for (int i = 0; i < Connections; i++)
        {
            sockets[i] = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            sockets[i].Connect(address);
        }

        long change = -1;
        Thread thread = new(() =>
        {
            long before = Allocations.Now;
            loop.Run();
            change = Allocations.Now - before;
        });
        thread.Start();

        byte one = 42;
        int[] descriptors = [.. sockets.Select(socket => (int)socket.Handle)];
        for (int round = 0; round < rounds; round++)
        {
            foreach (int descriptor in descriptors)
            {
                Linux.send(descriptor, &one, 1, 0);
            }

            foreach (int descriptor in descriptors)
            {
                Assert.Equal(1, Linux.recv(descriptor, &one, 1, 0));
            }
        }

        ulong wake = 1;
        LibC.write(stop.Value, &wake, sizeof(ulong));
        Assert.True(thread.Join(TimeSpan.FromSeconds(30)));
        allocated = change;
        long received = counters->BytesReceived;
        Array.ForEach(sockets, socket => socket.Dispose());
        loop.Dispose();
        NativeMemory.Free(counters);
        return received;
    }
}
