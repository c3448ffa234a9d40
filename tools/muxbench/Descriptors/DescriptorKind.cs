namespace NetTools.MuxBench.Descriptors;

/// <summary>What is watched.</summary>
internal enum DescriptorKind
{
    /// <summary>One end of socketpair(2), AF_UNIX.</summary>
    SocketPair,

    /// <summary>The read end of pipe(2).</summary>
    Pipe,

    /// <summary>The accepted end of a TCP connection over 127.0.0.1.</summary>
    Tcp,

    /// <summary>An eventfd(2), written to and read from by one descriptor.</summary>
    EventFd,
}

/// <summary>Where among the watched descriptors the readable ones lie, in the order in which they were added.</summary>
internal enum ReadyPosition
{
    /// <summary>Evenly spread; a single one is in the middle.</summary>
    Even,

    /// <summary>Before all others.</summary>
    First,

    /// <summary>After all others.</summary>
    Last,

    /// <summary>Drawn by chance at each visit.</summary>
    Random,
}

/// <summary>Where the numbers of the watched descriptors lie.</summary>
internal enum Placement
{
    /// <summary>As the kernel hands them out, from the lowest.</summary>
    Dense,

    /// <summary>Spread evenly up to the limit: select's bitmap is as long as it can be, with few bits in it.</summary>
    Sparse,
}
