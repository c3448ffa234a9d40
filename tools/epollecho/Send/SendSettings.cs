using NetTools.Sockets;

namespace NetTools.EpollEcho.Send;

/// <summary>The checked settings of <c>epollecho send</c>.</summary>
/// <param name="Group">Where to send.</param>
internal sealed record SendSettings(SocketAddress Group)
{
    /// <summary>The most bytes of a datagram.</summary>
    public const int MaxSize = 65507;

    /// <summary>What each datagram holds.</summary>
    public byte[] Message { get; init; } = [];

    /// <summary>Lines of standard input instead of the message.</summary>
    public bool FromInput { get; init; }

    /// <summary>How many datagrams of the message.</summary>
    public long Count { get; init; } = 1;

    /// <summary>Datagrams a second; 0 for as fast as it goes.</summary>
    public double Rate { get; init; }

    /// <summary>The interface they leave by; 0 lets the routing table choose.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>The name of that interface, or null.</summary>
    public string? Interface { get; init; }

    /// <summary>How many routers they may pass.</summary>
    public int Hops { get; init; } = 1;

    /// <summary>Whether members on this host get them, too.</summary>
    public bool Loop { get; init; } = true;
}

/// <summary>What was sent.</summary>
internal sealed class SendResult
{
    /// <summary>Datagrams that the kernel took.</summary>
    public long Sent { get; set; }

    /// <summary>Bytes in them.</summary>
    public long Bytes { get; set; }

    /// <summary>From the first to the last, nanoseconds.</summary>
    public long DurationNs { get; set; }

    /// <summary>Datagrams of the number asked for that a signal kept from being sent.</summary>
    public long Unsent { get; set; }

    /// <summary>A signal ended it.</summary>
    public bool Interrupted { get; set; }

    /// <summary>Everything asked for was sent.</summary>
    public bool Good => Errors.Count == 0 && Unsent == 0;

    /// <summary>Why it did not take others, by name.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    /// <summary>Counts one that was not taken.</summary>
    public void Error(string name) => Errors[name] = Errors.GetValueOrDefault(name) + 1;
}
