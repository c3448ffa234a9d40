using NetTools.Os;
using NetTools.RawPing.Kernel;
using NetTools.RawPing.Ping;
using NetTools.RawPing.Wire;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NetTools.RawPing.Probing;

/// <summary>The sockets of a run, one for each address family, and what is sent by them.</summary>
internal sealed class ProbeSockets : IDisposable
{
    private const int MostIdentifiers = 100;

    private readonly PingSettings _settings;
    private readonly PingSocket?[] _sockets = new PingSocket?[2];
    private readonly RequestBuilder?[] _builders = new RequestBuilder?[2];
    private readonly HostAddress[] _sources;
    private readonly RequestBody _body;
    private readonly ushort _id;

    /// <exception cref="OperationFailedException">A socket cannot be had or set up, or the one target cannot be
    /// reached.</exception>
    public ProbeSockets(PingSettings settings, RawSockets sockets)
    {
        _settings = settings;
        _sources = FindSources();
        bool[] families = [.. settings.Targets.Select(target => target.Address.IsV6).Distinct()];
        _body = settings.Kind(families[0]).Body(settings);
        _id = Open(families, sockets);
        foreach (bool v6 in families)
        {
            _builders[v6 ? 1 : 0] = new RequestBuilder(_body, _id, settings.Kind(v6), settings);
        }
    }

    /// <summary>Judges what these sockets receive.</summary>
    public ReplyMatcher Matcher(ProbeTable probes) => new(probes, _body, _settings.Targets, _id,
        _sockets[0] is null ? null : _settings.Kind(v6: false), _sockets[1] is null ? null : _settings.Kind(v6: true));

    /// <summary>The socket of a family that a target has.</summary>
    public PingSocket Of(bool v6) => _sockets[v6 ? 1 : 0]!;

    /// <summary>The request of a probe; valid until the next call.</summary>
    /// <param name="target">An index.</param>
    /// <param name="number">The probe's number.</param>
    /// <param name="address">The target's address.</param>
    public ReadOnlySpan<byte> Build(int target, ulong number, HostAddress address) =>
        _builders[address.IsV6 ? 1 : 0]!.Build(number, _sources.Length == 0 ? default : _sources[target], address);

    /// <summary>Takes in what there is.</summary>
    /// <param name="inbox">Judges and counts it.</param>
    /// <param name="untilSettled">Stop once no request waits.</param>
    public void TakeIn(Inbox inbox, bool untilSettled)
    {
        foreach (PingSocket? socket in _sockets)
        {
            if (socket is not null)
            {
                inbox.Take(socket, untilSettled);
            }
        }
    }

    /// <summary>Waits until the timer fires, a signal comes or there is something to take in; takes the error queues.</summary>
    public unsafe void Wait(StopSignals stop, ScheduleTimer timer, Inbox inbox)
    {
        pollfd* fds = stackalloc pollfd[4];
        int count = 0;
        fds[count++] = new pollfd { fd = stop.FileDescriptor, events = POLLIN };
        fds[count++] = new pollfd { fd = timer.FileDescriptor, events = POLLIN };
        foreach (PingSocket? socket in _sockets)
        {
            if (socket is not null)
            {
                fds[count++] = new pollfd { fd = socket.FileDescriptor, events = POLLIN };
            }
        }

        if (poll(fds, (uint)count, -1) < 0 && Errno.Last is int errno && errno != EINTR)
        {
            throw new LibcException("waiting", errno);
        }

        if (fds[1].revents != 0)
        {
            timer.Fired();
        }

        int next = 2;
        foreach (PingSocket? socket in _sockets)
        {
            if (socket is not null && (fds[next++].revents & POLLERR) != 0)
            {
                inbox.TakeErrorQueue(socket);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PingSocket? socket in _sockets)
        {
            socket?.Dispose();
        }
    }

    // The sockets of both families have one identifier, a random one. That of a datagram socket may be another's already.
    private ushort Open(bool[] families, RawSockets sockets)
    {
        for (int attempt = 1; ; attempt++)
        {
            ushort id = (ushort)(1 + Randomness.UInt64() % ushort.MaxValue); // 0 has the kernel choose
            try
            {
                foreach (bool v6 in families)
                {
                    _sockets[v6 ? 1 : 0]?.Dispose();
                    _sockets[v6 ? 1 : 0] = SocketSetup.Open(_settings, sockets, _settings.Kind(v6), id);
                }

                return id;
            }
            catch (LibcException e) when (e.Errno == EADDRINUSE && attempt < MostIdentifiers)
            {
                // Another one, then.
            }
        }
    }

    // Empty when nobody needs them; a host of many without a route is counted as an error when its turn comes.
    private HostAddress[] FindSources()
    {
        if (_settings.Targets.Count > 1 && !_settings.HeaderIncluded)
        {
            return [];
        }

        return [.. _settings.Targets.Select(target => SourceFor(target.Address))];
    }

    private HostAddress SourceFor(HostAddress destination)
    {
        HostAddress route = Route.To(destination, _settings.Device, _settings.Broadcast).Source;
        return _settings.Source ?? route;
    }
}
