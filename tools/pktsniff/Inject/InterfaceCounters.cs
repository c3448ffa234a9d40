using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;

namespace NetTools.PktSniff.Inject;

/// <summary>What an interface counted of its sending.</summary>
/// <param name="Sent">Frames that left it.</param>
/// <param name="Dropped">Frames that did not: the driver's errors, and what it dropped.</param>
internal readonly record struct SendCounters(ulong Sent, ulong Dropped);

/// <summary>
/// The counters of an interface by rtnetlink(7), from a socket opened while that is allowed. That the kernel took a frame does
/// not mean that the driver sent it; these say.
/// </summary>
/// <param name="index">The interface.</param>
internal sealed unsafe class InterfaceCounters(int index) : IDisposable
{
    // Drivers that count when the card is done come late.
    private const int PatienceMs = 300;

    private readonly RouteSocket _socket = new();

    /// <summary>The counters as they are.</summary>
    /// <returns>Null when the kernel does not tell.</returns>
    public SendCounters? Read()
    {
        ReadOnlySpan<byte> value;
        try
        {
            value = RouteSocket.Find(_socket.ReadLink(index), Linux.IFLA_STATS64);
        }
        catch (LibcException)
        {
            return null;
        }

        if (value.IsEmpty)
        {
            return null;
        }

        rtnl_link_stats64 statistics = default; // of other kernels shorter or longer
        value[..Math.Min(value.Length, sizeof(rtnl_link_stats64))].CopyTo(
            MemoryMarshal.AsBytes(new Span<rtnl_link_stats64>(ref statistics)));
        return new SendCounters(statistics.tx_packets, statistics.tx_errors + statistics.tx_dropped);
    }

    /// <summary>How far the counters went, once they have gone as far as they must, or some patience is over.</summary>
    /// <param name="before">What <see cref="Read"/> returned before anything was sent.</param>
    /// <param name="sent">Frames the kernel took since.</param>
    public SendCounters? Await(SendCounters? before, long sent)
    {
        long deadline = Environment.TickCount64 + PatienceMs;
        while (before is SendCounters first && Read() is SendCounters now)
        {
            SendCounters since = new(now.Sent - first.Sent, now.Dropped - first.Dropped);
            if (since.Sent >= (ulong)sent || Environment.TickCount64 >= deadline)
            {
                return since;
            }

            Thread.Sleep(5);
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();
}
