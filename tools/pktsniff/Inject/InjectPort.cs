using NetTools.Os;

namespace NetTools.PktSniff.Inject;

/// <summary>An interface that frames leave by, and what became of them.</summary>
internal sealed class InjectPort : IDisposable
{
    private readonly InjectSocket _socket;
    private readonly InterfaceCounters _counters;
    private SendCounters? _before;
    private FrameBatch? _batch;

    private InjectPort(string name, InjectSocket socket)
    {
        Interface = name;
        _socket = socket;
        _counters = new InterfaceCounters(socket.Index);
    }

    /// <summary>The interface's name.</summary>
    public string Interface { get; }

    /// <summary>Frames the kernel took.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes of the frames the kernel took.</summary>
    public long Bytes { get; private set; }

    /// <summary>Frames the kernel refused.</summary>
    public long Failed { get; private set; }

    /// <summary>Why the last refused frame was refused.</summary>
    public int LastErrno { get; private set; }

    /// <summary>What the interface counted meanwhile, others' frames included; null when the kernel does not tell.</summary>
    public SendCounters? Counted { get; private set; }

    /// <summary>True when the kernel took frames that the interface did not send.</summary>
    public bool LostSome => Counted is SendCounters counted && counted.Sent < (ulong)Sent;

    /// <summary>Opens what needs a privilege.</summary>
    /// <exception cref="OperationFailedException">No CAP_NET_RAW, or no such interface.</exception>
    public static InjectPort Open(string name)
    {
        InjectSocket socket = InjectSocket.Open(name);
        try
        {
            return new InjectPort(name, socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Notes what the interface has counted so far.</summary>
    public void Begin() => _before = _counters.Read();

    /// <summary>Sends a frame.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        int errno = _socket.Send(frame);
        if (errno == 0)
        {
            Took(1, frame.Length);
        }
        else
        {
            Refused(errno);
        }
    }

    /// <summary>Adds a frame to those that are sent together.</summary>
    public void Add(ReadOnlySpan<byte> frame) => (_batch ??= new FrameBatch(_socket, this)).Add(frame);

    /// <summary>Sends what <see cref="Add"/> has gathered.</summary>
    public void Flush() => _batch?.Send();

    /// <summary>Reads what the interface counted, once it has counted as much as was sent, or some patience is over.</summary>
    public void End() => Counted = _counters.Await(_before, Sent);

    /// <summary>The kernel took frames.</summary>
    public void Took(int frames, long bytes)
    {
        Sent += frames;
        Bytes += bytes;
    }

    /// <summary>The kernel refused a frame.</summary>
    public void Refused(int errno)
    {
        Failed++;
        LastErrno = errno;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _counters.Dispose();
        _socket.Dispose();
    }
}
