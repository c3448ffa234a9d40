namespace NetTools.RawPing.Results;

/// <summary>Why a request counts as lost.</summary>
internal enum LossReason
{
    /// <summary>No reply in time, and no error either.</summary>
    Timeout,

    /// <summary>An ICMP error came about it, and no reply in time.</summary>
    Error,

    /// <summary>The kernel did not send it.</summary>
    Local,
}
