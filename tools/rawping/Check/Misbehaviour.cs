namespace NetTools.RawPing.Check;

/// <summary>What the network does in one run of the program, besides answering.</summary>
internal enum Misbehaviour
{
    /// <summary>Nothing; the answers take 60 to 400 ms.</summary>
    None,

    /// <summary>A reply with another identifier comes first.</summary>
    WrongIdentifier,

    /// <summary>A reply with a sequence number that was not sent comes first.</summary>
    WrongSequence,

    /// <summary>A reply of another host to another process comes first.</summary>
    ForeignReply,

    /// <summary>The request itself comes first, as it does on loopback.</summary>
    OwnRequest,

    /// <summary>The replies' IP headers have options.</summary>
    Options,

    /// <summary>The third request is not answered.</summary>
    Loss,

    /// <summary>A reply from another address comes first.</summary>
    WrongSource,

    /// <summary>A reply with a wrong checksum comes first.</summary>
    BadChecksum,

    /// <summary>A message of four bytes comes first.</summary>
    Short,

    /// <summary>Each reply comes twice.</summary>
    Duplicate,

    /// <summary>The second reply takes 1.5 s.</summary>
    Late,
}
