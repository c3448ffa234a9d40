using System.Runtime.InteropServices;

namespace NetTools.EpollEcho.Serve;

/// <summary>
/// Answers that wait for the others of their turn: first everything is read, then everything is sent. The kernel's code and ours
/// stay in the caches meanwhile, and a peer is woken once for many answers.
/// </summary>
internal sealed unsafe class SendQueue : IDisposable
{
    /// <summary>The longest answer, bytes.</summary>
    public const int Longest = 64 * 1024;

    private const int Answers = 32;
    private const int Size = 4 * Longest;
    private const int CacheLine = 64;

    private readonly byte* _memory;
    private readonly Answer* _answers;
    private int _used;

    /// <summary>Reserves the memory.</summary>
    public SendQueue()
    {
        _memory = (byte*)NativeMemory.AlignedAlloc(Size, CacheLine);
        // So that the pages are there before the first measurement of memory; the rest is for long answers only.
        new Span<byte>(_memory, Longest).Fill(1);
        _answers = (Answer*)NativeMemory.AllocZeroed(Answers, (nuint)sizeof(Answer));
    }

    /// <summary>How many wait.</summary>
    public int Count { get; private set; }

    /// <summary>Where the next answer is to be written; there is room for <see cref="Longest"/> bytes.</summary>
    public byte* Room => _memory + _used;

    /// <summary>Whether they must be sent before another is written.</summary>
    public bool IsFull => Count == Answers || _used > Size - Longest;

    /// <summary>One that waits.</summary>
    public Answer this[int index] => _answers[index];

    /// <summary>Keeps what was written at <see cref="Room"/>.</summary>
    public void Add(int descriptor, int length)
    {
        _answers[Count++] = new Answer { Descriptor = descriptor, Length = length, Bytes = Room };
        _used += (length + CacheLine - 1) & -CacheLine;
    }

    /// <summary>Forgets all: they are sent.</summary>
    public void Clear()
    {
        Count = 0;
        _used = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        NativeMemory.Free(_answers);
    }

    /// <summary>An answer and whose it is.</summary>
    public struct Answer
    {
        /// <summary>The connection's descriptor.</summary>
        public int Descriptor;

        /// <summary>Bytes.</summary>
        public int Length;

        /// <summary>Where they are, until <see cref="Clear"/>.</summary>
        public byte* Bytes;
    }
}
