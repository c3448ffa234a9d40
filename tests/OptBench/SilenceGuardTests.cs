using System.Net;
using System.Net.Sockets;
using NetTools.OptBench.Protocol;
using NetTools.Os;
using Xunit;

namespace NetTools.Tests.OptBench;

public class SilenceGuardTests
{
    private const int SilenceMs = 400;

    [Fact]
    public void Ends_a_silent_conversation()
    {
        (Socket ours, Socket peer) = Connect();
        using (ours)
        using (peer)
        using (new SilenceGuard((int)ours.Handle, SilenceMs))
        {
            long begin = Clock.Nanoseconds;
            Assert.False(Wire.Receive((int)ours.Handle, new byte[1]));
            Assert.True(Clock.Nanoseconds - begin >= SilenceMs * 1_000_000L);
        }
    }

    [Fact]
    public void Leaves_a_slow_one_alone_and_gives_the_timeout_back()
    {
        (Socket ours, Socket peer) = Connect();
        using (ours)
        using (peer)
        {
            Thread.Sleep(2 * SilenceMs); // what was before does not count
            using (new SilenceGuard((int)ours.Handle, SilenceMs))
            {
                for (int i = 0; i < 8; i++)
                {
                    Thread.Sleep(SilenceMs / 4);
                    peer.Send(new byte[1]);
                    Assert.True(Wire.Receive((int)ours.Handle, new byte[1]));
                }

                Assert.Equal(0, ReceiveTimeoutMs(ours));
            }

            Assert.InRange(ReceiveTimeoutMs(ours), SilenceMs, SilenceMs + 10); // the kernel counts in ticks
        }
    }

    [Fact]
    public void Ends_a_lively_one_at_the_deadline()
    {
        (Socket ours, Socket peer) = Connect();
        using (ours)
        using (peer)
        using (new SilenceGuard((int)ours.Handle, SilenceMs, Clock.Nanoseconds + (SilenceMs * 1_000_000L)))
        {
            peer.Send(new byte[1]);
            while (Wire.Receive((int)ours.Handle, new byte[1]))
            {
                try
                {
                    peer.Send(new byte[1]);
                }
                catch (SocketException)
                {
                    // The other end is shut already.
                }
            }
        }
    }

    private static double ReceiveTimeoutMs(Socket socket)
    {
        byte[] time = new byte[2 * sizeof(long)]; // struct timeval
        socket.GetRawSocketOption(1, 20, time); // SOL_SOCKET, SO_RCVTIMEO
        return (BitConverter.ToInt64(time) * 1000) + (BitConverter.ToInt64(time, sizeof(long)) / 1000.0);
    }

    private static (Socket Ours, Socket Peer) Connect()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Socket ours = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        ours.Connect(listener.LocalEndpoint);
        return (ours, listener.AcceptSocket());
    }
}
