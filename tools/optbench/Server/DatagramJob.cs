using NetTools.OptBench.Protocol;
using NetTools.Os;
using NetTools.Sockets;
using Tmds.Linux;
using static Tmds.Linux.LibC;
using SocketAddress = NetTools.Sockets.SocketAddress;

namespace NetTools.OptBench.Server;

/// <summary>
/// The server's end of a UDP job: a socket beside the job's connection, which counts the datagrams that carry the job's number
/// and never sends one. When the client writes a byte on the connection it waits until no more come, and reports.
/// </summary>
internal sealed unsafe class DatagramJob : IDisposable
{
    private const int ReceiveBuffer = 4 << 20;
    private const int QuietMs = 200;
    private const int MostQuietMs = 2_000;
    private const int SO_MEMINFO = 55;
    private const int SK_MEMINFO_DROPS = 8;
    private const int SK_MEMINFO_VARS = 9;

    private readonly Descriptor _socket;
    private readonly int _connection;

    /// <summary>Opens the socket on the address that the connection came to.</summary>
    /// <exception cref="OperationFailedException">No socket to be had.</exception>
    public DatagramJob(int connection)
    {
        _connection = connection;
        SocketAddress local = Listener.LocalAddress(connection);
        _socket = Listener.OpenUdp(SocketAddress.From(local.Address, 0),
            socket => SocketOption.ReceiveBuffer.TrySet(socket, ReceiveBuffer), out SocketAddress bound);
        Port = bound.Port;
    }

    /// <summary>Where the datagrams are to be sent.</summary>
    public int Port { get; }

    /// <summary>Counts until the client says that it has sent all, and reports.</summary>
    /// <param name="job">The number that they carry.</param>
    /// <param name="buffer">Room for a datagram.</param>
    /// <param name="size">Its bytes.</param>
    /// <param name="deadline">On <see cref="Clock.Nanoseconds"/>.</param>
    /// <param name="silenceMs">How long neither a datagram nor the client's byte may come.</param>
    public void Run(ulong job, byte* buffer, int size, long deadline, int silenceMs)
    {
        DatagramTally tally = new();
        pollfd* wait = stackalloc pollfd[2];
        long quietFrom = 0; // once the client has sent all
        while (Clock.Nanoseconds < deadline)
        {
            wait[0] = new() { fd = _socket.Value, events = POLLIN };
            wait[1] = new() { fd = quietFrom == 0 ? _connection : -1, events = POLLIN };
            int ready = poll(wait, 2, quietFrom > 0 ? QuietMs : silenceMs);
            if (ready < 0)
            {
                continue; // EINTR
            }

            if (wait[0].revents != 0)
            {
                Drain(tally, job, buffer, size);
            }

            byte end;
            if (wait[1].revents != 0)
            {
                if ((nint)recv(_connection, &end, 1, MSG_DONTWAIT) != 1)
                {
                    return; // the client is gone
                }

                quietFrom = Clock.Nanoseconds;
            }
            else if (quietFrom > 0 && (ready == 0 || Clock.Nanoseconds - quietFrom > MostQuietMs * TimeUnits.Millisecond))
            {
                break;
            }
            else if (ready == 0)
            {
                return;
            }
        }

        Span<byte> report = stackalloc byte[UdpReport.Size];
        tally.Report(Drops()).Write(report);
        Wire.Send(_connection, report);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private void Drain(DatagramTally tally, ulong job, byte* buffer, int size)
    {
        for (int i = 0; i < 256; i++)
        {
            nint got = (nint)recv(_socket.Value, buffer, size, MSG_DONTWAIT);
            if (got < 0)
            {
                return;
            }

            if (Datagram.TryRead(new ReadOnlySpan<byte>(buffer, (int)got)) is Datagram datagram && datagram.Job == job)
            {
                tally.Add(datagram, (int)got, Clock.Nanoseconds);
            }
        }
    }

    private long Drops()
    {
        uint* numbers = stackalloc uint[SK_MEMINFO_VARS];
        socklen_t length = SK_MEMINFO_VARS * sizeof(uint);
        return getsockopt(_socket.Value, SOL_SOCKET, SO_MEMINFO, numbers, &length) == 0 ? numbers[SK_MEMINFO_DROPS] : 0;
    }
}
