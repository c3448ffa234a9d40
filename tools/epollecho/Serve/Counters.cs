using NetTools.Os;

namespace NetTools.EpollEcho.Serve;

/// <summary>What one instance counted. Plain memory without pointers: the fork model shares it between processes.</summary>
internal unsafe struct Counters
{
    private const int ErrorNumbers = 256;

    /// <summary>Connections taken.</summary>
    public long Accepted;

    /// <summary>Connections closed again.</summary>
    public long Closed;

    /// <summary>The most connections open at one time.</summary>
    public long Peak;

    /// <summary>Bytes read from peers.</summary>
    public long BytesReceived;

    /// <summary>Bytes the kernel took for peers.</summary>
    public long BytesSent;

    /// <summary>HTTP requests answered.</summary>
    public long Requests;

    /// <summary>Fork model: private bytes of the sampled children, their sum.</summary>
    public long SampledBytes;

    /// <summary>Fork model: children sampled.</summary>
    public long Samples;

    /// <summary>Connections closed at once for lack of descriptors.</summary>
    public long Refused;

    /// <summary>Connections closed at the end of draining although something was unsent, under way, or not asked yet.</summary>
    public long Cut;

    /// <summary>UDP: datagrams not answered, because of the port or the interface they came from.</summary>
    public long Ignored;

    private fixed long _errors[ErrorNumbers];

    /// <summary>Connections open now.</summary>
    public readonly long Open => Accepted - Closed;

    /// <summary>Counts a failed call by its error number; safe from several processes at once.</summary>
    public void Error(int errno) => Interlocked.Increment(ref _errors[(uint)errno < ErrorNumbers ? errno : 0]);

    /// <summary>The errors that happened, by name.</summary>
    public IReadOnlyDictionary<string, long> Errors()
    {
        SortedDictionary<string, long> errors = new(StringComparer.Ordinal);
        for (int errno = 0; errno < ErrorNumbers; errno++)
        {
            if (_errors[errno] != 0)
            {
                errors[Errno.Name(errno)] = _errors[errno];
            }
        }

        return errors;
    }
}
