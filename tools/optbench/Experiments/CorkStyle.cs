namespace NetTools.OptBench.Experiments;

/// <summary>How a header and a body are written.</summary>
internal enum CorkStyle
{
    /// <summary>Two writes, Nagle's algorithm on.</summary>
    Plain,

    /// <summary>Two writes with TCP_NODELAY.</summary>
    NoDelay,

    /// <summary>TCP_CORK set, two writes, TCP_CORK cleared.</summary>
    Cork,

    /// <summary>The first write with MSG_MORE.</summary>
    More,

    /// <summary>One write of both.</summary>
    OneWrite,

    /// <summary>TCP_CORK set and never cleared.</summary>
    Held,
}
