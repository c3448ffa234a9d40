namespace NetTools.RawPing.Wire;

/// <summary>What a received message turned out to be.</summary>
internal enum Verdict
{
    /// <summary>The answer to a waiting probe.</summary>
    Reply,

    /// <summary>Another answer to a probe that was answered already.</summary>
    Duplicate,

    /// <summary>The answer to a probe whose time was over.</summary>
    Late,

    /// <summary>The checksum is wrong.</summary>
    BadChecksum,

    /// <summary>The data after the nonce is not what was sent.</summary>
    WrongData,

    /// <summary>Shorter or longer than what was sent, or cut short on the way.</summary>
    WrongLength,

    /// <summary>The nonce is not this probe's: forged, or an answer from 65,536 probes ago.</summary>
    WrongNonce,

    /// <summary>From another address than the probe went to.</summary>
    WrongSource,

    /// <summary>A sequence number that was never sent.</summary>
    NeverSent,

    /// <summary>An ICMP error about one of our probes.</summary>
    Error,

    /// <summary>Something else: another program's, or our own request seen on lo.</summary>
    NotOurs,
}
