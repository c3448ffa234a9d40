namespace NetTools.OptBench.Protocol;

/// <summary>What the server does on a connection once it has accepted the job.</summary>
internal enum JobKind : byte
{
    /// <summary>Reads a request, writes a reply, both of fixed length, again and again.</summary>
    Echo = 1,

    /// <summary>Writes as fast as the connection takes it.</summary>
    Source = 2,

    /// <summary>Reads and throws away.</summary>
    Sink = 3,

    /// <summary>Reports on another job, by its number.</summary>
    Inquire = 4,

    /// <summary>Counts datagrams on a UDP port; the answer's first effective value is the port.</summary>
    Datagrams = 5,
}

/// <summary>How the server answers a job.</summary>
internal enum JobStatus : byte
{
    Accepted = 0,
    BadRequest = 1,
    WrongToken = 2,
    Busy = 3,
    TooMuch = 4,
    OptionRefused = 5,
    WrongVersion = 6,
    NoSuchJob = 7,
}
