using System.Runtime.InteropServices;
using NetTools.Os;
using Tmds.Linux;

namespace NetTools.EpollEcho.Serve;

/// <summary>The state of one connection: one cache line.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
internal unsafe struct Connection
{
    /// <summary>Ordinal of the connection in its instance, from 1; 0 for a free entry.</summary>
    public long Id;

    /// <summary>What the peer has not taken yet, or null. While it is there nothing more is read: that bounds it.</summary>
    public byte* Unsent;

    /// <summary>HTTP: what was read and not yet used: part of a request, or requests that wait for room to answer.</summary>
    public byte* Input;

    /// <summary>Where the unsent bytes begin in <see cref="Unsent"/>.</summary>
    public int UnsentStart;

    /// <summary>Where they end.</summary>
    public int UnsentEnd;

    /// <summary>Bytes in <see cref="Input"/>.</summary>
    public int InputLength;

    /// <summary>HTTP: bytes of the request's body, or of its chunk, still to come.</summary>
    public int BodyLeft;

    /// <summary>HTTP: bytes of the request's body that have come.</summary>
    public int BodyDone;

    /// <summary>
    /// When something last happened: milliseconds of the monotonic clock, which wrap around. Subtract, never compare.
    /// </summary>
    public int LastActive;

    /// <summary>
    /// HTTP: when the head or the body that is under way began, when the peer was seen not to take an answer, or when the
    /// lingering began; milliseconds as above.
    /// </summary>
    public int Since;

    /// <summary>HTTP: bytes the peer had acknowledged when it was seen not to take an answer; they wrap around.</summary>
    public uint Acked;

    /// <summary>What is known of it.</summary>
    public ConnectionFlags Flags;
}

/// <summary>What is known of a connection.</summary>
[Flags]
internal enum ConnectionFlags
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The kernel may have bytes, an end or an error for us: read.</summary>
    Readable = 1,

    /// <summary>EPOLLRDHUP or EPOLLHUP came: after a short read there is still the end to read.</summary>
    EndSeen = 2,

    /// <summary>The peer has sent all it will send; close once the unsent bytes are gone.</summary>
    PeerDone = 4,

    /// <summary>It waits in the ready list.</summary>
    InReadyList = 8,

    /// <summary>Level-triggered: registered for EPOLLOUT only.</summary>
    WaitsForRoom = 16,

    /// <summary>HTTP: <see cref="Connection.Input"/> waited for room only and can be used at once.</summary>
    InputRunnable = 32,

    /// <summary>Close after what is unsent now.</summary>
    CloseAfterSend = 64,

    /// <summary>Before closing, take in what the peer still sends, or its reset would destroy our answer.</summary>
    Linger = 128,

    /// <summary>Lingering: our side is shut and what comes is thrown away.</summary>
    Discard = 256,

    /// <summary>EPOLLPRI came: a read ends at the urgent byte, so a short read does not mean an empty socket (tcp(7)).</summary>
    Urgent = 512,

    /// <summary>The peer has sent something.</summary>
    Begun = 1024,

    /// <summary>The server drains: this answer is the last.</summary>
    Draining = 2048,

    /// <summary>HTTP: the answer under way is the last.</summary>
    LastAnswer = 4096,

    /// <summary>HTTP: part of a head has come, or none yet at all; <see cref="Connection.Since"/> counts.</summary>
    InHead = 8192,

    /// <summary>HTTP: part of a body has come; <see cref="Connection.Since"/> counts.</summary>
    InBody = 16384,

    /// <summary>HTTP: the body of the request comes in chunks.</summary>
    Chunks = 32768,

    /// <summary>HTTP: the answer goes in chunks.</summary>
    ChunksOut = 65536,

    /// <summary>HTTP: a chunk's data is over, its line end is not.</summary>
    ChunkEnd = 131072,

    /// <summary>HTTP: the last chunk has come, the trailer has not.</summary>
    Trailer = 262144,

    /// <summary>HTTP: the peer does not take its answer; <see cref="Connection.Since"/> counts.</summary>
    OutSlowly = 524288,
}

/// <summary>All connections of an instance, indexed by descriptor; untouched pages cost no memory.</summary>
internal sealed unsafe class ConnectionTable : IDisposable
{
    private readonly Connection* _entries;
    private readonly int _bytes;

    /// <summary>Reserves the table.</summary>
    /// <param name="capacity">Descriptors are below this number.</param>
    /// <exception cref="LibcException">No memory.</exception>
    public ConnectionTable(int capacity)
    {
        Capacity = capacity;
        _bytes = checked(capacity * sizeof(Connection));
        void* memory = LibC.mmap(null, _bytes, LibC.PROT_READ | LibC.PROT_WRITE,
            LibC.MAP_PRIVATE | LibC.MAP_ANONYMOUS | LibC.MAP_NORESERVE, -1, 0);
        if (memory == LibC.MAP_FAILED)
        {
            throw new LibcException("reserving the table of connections", Errno.Last);
        }

        _entries = (Connection*)memory;
    }

    /// <summary>Descriptors are below this number.</summary>
    public int Capacity { get; }

    /// <summary>The entry of a descriptor.</summary>
    public Connection* this[int descriptor] => &_entries[descriptor];

    /// <inheritdoc/>
    public void Dispose() => LibC.munmap(_entries, _bytes);
}
