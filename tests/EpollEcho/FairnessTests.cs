using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetTools.EpollEcho.Serve;
using NetTools.Os;
using NetTools.Tests.Support;
using Tmds.Linux;
using Xunit;

namespace NetTools.Tests.EpollEcho;

public unsafe class FairnessTests
{
    private const int Flooders = 3;

    [Theory]
    [InlineData("edge")]
    [InlineData("level")]
    public void Between_two_turns_of_a_peer_each_flooding_one_has_two_at_most(string trigger)
    {
        using TempFolder folder = new();
        UnixDomainSocketEndPoint address = new(folder.File("socket"));
        using Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        listener.Bind(address);
        listener.Listen(10);
        using Descriptor stop = Descriptor.Open(LibC.eventfd(0, 0), "creating an eventfd");
        Counters* counters = (Counters*)NativeMemory.AllocZeroed((nuint)sizeof(Counters));
        ServeSettings settings = new(default) { Trigger = Enum.Parse<Trigger>(trigger, ignoreCase: true) };
        Connections connections = new(settings, counters);
        EventLoop<EchoHandler> loop = new(settings, connections, new EchoHandler(connections), LibC.dup((int)listener.Handle),
            stop.Value, () => LoopOrder.Stop);
        Thread server = new(loop.Run);
        server.Start();

        Socket[] sockets = [.. Enumerable.Range(0, Flooders + 1)
            .Select(_ => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))];
        Array.ForEach(sockets, socket => socket.Connect(address));
        Thread[] floods = [.. sockets[..Flooders].SelectMany(
            socket => new[] { Start(() => Write(socket)), Start(() => Read(socket)) })];
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref counters->BytesReceived) > 10_000_000, TimeSpan.FromSeconds(30)));

        // Were this thread held up after its answer the floods would go on, so the least of many tries counts.
        long least = long.MaxValue;
        Socket one = sockets[Flooders];
        one.ReceiveTimeout = 30_000;
        for (int i = 0; i < 300; i++)
        {
            long before = Volatile.Read(ref counters->BytesReceived);
            one.Send("x"u8);
            Assert.Equal(1, one.Receive(new byte[1]));
            least = Math.Min(least, Volatile.Read(ref counters->BytesReceived) - before);
        }

        Assert.InRange(least, 1, 2 * Flooders * (EventLoop<EchoHandler>.TurnBytes + SendQueue.Longest));
        Array.ForEach(sockets, socket => socket.Shutdown(SocketShutdown.Both));
        Assert.All(floods, thread => Assert.True(thread.Join(TimeSpan.FromSeconds(30))));
        ulong wake = 1;
        LibC.write(stop.Value, &wake, sizeof(ulong));
        Assert.True(server.Join(TimeSpan.FromSeconds(30)));
        Array.ForEach(sockets, socket => socket.Dispose());
        loop.Dispose();
        NativeMemory.Free(counters);
    }

    private static Thread Start(ThreadStart run)
    {
        Thread thread = new(run);
        thread.Start();
        return thread;
    }

    private static void Write(Socket socket)
    {
        byte[] payload = new byte[256 * 1024];
        while (Transfer(() => socket.Send(payload)) > 0)
        {
        }
    }

    private static void Read(Socket socket)
    {
        byte[] payload = new byte[256 * 1024];
        while (Transfer(() => socket.Receive(payload)) > 0)
        {
        }
    }

    private static int Transfer(Func<int> transfer)
    {
        try
        {
            return transfer();
        }
        catch (SocketException)
        {
            return 0; // shut down
        }
    }
}
