using System.Runtime.InteropServices;
using NetTools.EpollEcho.Report;
using NetTools.EpollEcho.Udp;
using NetTools.Os;
using NetTools.Sockets;
using NetTools.Terminal;
using static Tmds.Linux.LibC;

namespace NetTools.EpollEcho.Serve;

/// <summary>One serving process: from its listener to its summary.</summary>
internal static unsafe class Instance
{
    /// <summary>Serves until SIGINT, SIGTERM or SIGHUP.</summary>
    /// <remarks>Of several instances the parent reads SIGHUP and replaces them; one that gets it itself ends.</remarks>
    /// <param name="settings">What to serve, and the limits.</param>
    /// <param name="number">0 for the first instance, and so on.</param>
    /// <param name="listener">A listening socket, which the instance takes over.</param>
    /// <param name="signals">The signals of this process.</param>
    /// <param name="report">Where to report.</param>
    /// <param name="ready">Gets the signal once the instance listens.</param>
    public static void Serve(ServeSettings settings, int number, int listener, SignalDescriptor signals, ServeReport report,
        ReadySignal ready)
    {
        bool forks = settings.Model == Model.Fork;
        Counters* counters = forks ? ForkServer.SharedCounters() : (Counters*)NativeMemory.AllocZeroed((nuint)sizeof(Counters));
        int pid = getpid();
        SocketAddress address = Listener.LocalAddress(listener);
        long idle = 0;
        LoopOrder last = LoopOrder.Continue;

        ServeSummary Summary(long privateBytes) => new(number, pid, counters->Accepted, counters->Closed, counters->Peak,
            counters->Refused, counters->BytesReceived, counters->BytesSent, counters->Requests, counters->Errors())
        {
            Interrupted = last == LoopOrder.Stop,
            Cut = counters->Cut,
            Ignored = counters->Ignored,
            UserBytesPerConnection = forks ? PerChild(counters) : PerConnection(counters, idle, privateBytes),
        };

        LoopOrder OnSignal()
        {
            LoopOrder order = LoopOrder.Continue;
            for (int signal = signals.Next(); signal != 0; signal = signals.Next())
            {
                if (signal == SIGUSR1)
                {
                    report.Write(Summary(PrivateMemory.Read()));
                }
                else if (signal != SIGCHLD)
                {
                    order = signal == SIGTERM && order != LoopOrder.Stop ? LoopOrder.Drain : LoopOrder.Stop;
                }
            }

            last = order == LoopOrder.Continue ? last : order;
            return order;
        }

        string model = settings.Udp ? "udp" : settings.Model.ToString().ToLowerInvariant();
        report.Write(new ListeningNotice(address.ToString(), pid, number, model,
            settings.Trigger.ToString().ToLowerInvariant(), settings.Protocol.ToString().ToLowerInvariant())
        {
            Options =
            [
                .. ServeSockets.Options(settings, listener).Select(asked =>
                    new EffectiveOption(asked.Option.Name, asked.Value, asked.Option.Get(listener))),
                .. settings.Udp ? [] : (EffectiveOption[])[new("backlog", settings.Backlog, Listener.EffectiveBacklog(listener))],
            ],
        });
        ready.Send();
        LiveStats? stats = settings.StatsSeconds > 0 ? new LiveStats(number, settings.StatsSeconds, report.Write) : null;
        if (settings.Udp)
        {
            UdpServer.Run(settings, listener, signals, OnSignal, counters, stats);
            report.Write(Summary(0));
            return;
        }

        if (forks)
        {
            ForkServer.Run(settings, listener, signals, OnSignal, counters, stats);
            report.Write(Summary(0));
            munmap(counters, sizeof(Counters));
            return;
        }

        Connections connections = new(settings, counters);
        long peak = settings.Protocol == Protocol.Echo ? Run(new EchoHandler(connections)) : Run(new HttpHandler(connections));
        report.Write(Summary(peak));
        NativeMemory.Free(counters);

        long Run<THandler>(THandler handler)
            where THandler : struct, IConnectionHandler
        {
            using EventLoop<THandler> loop =
                new(settings, connections, handler, listener, signals.FileDescriptor, OnSignal, stats);
            idle = PrivateMemory.Read();
            CleanPages.Release();
            loop.Run();
            return PrivateMemory.Read();
        }
    }

    /// <summary>
    /// The table's pages stay once touched, so what is private now, less what was at the start, is what the peak took.
    /// </summary>
    private static long? PerConnection(Counters* counters, long idle, long now) =>
        counters->Peak > 0 && idle > 0 && now > 0 ? Math.Max(now - idle, 0) / counters->Peak : null;

    private static long? PerChild(Counters* counters) => counters->Samples > 0 ? counters->SampledBytes / counters->Samples
        : null;
}
