using System.Numerics;
using System.Runtime.CompilerServices;
using NetTools.Os;

namespace NetTools.MuxBench.Mechanisms;

/// <summary>select(2) by pselect6 with a bitmap as long as needed; the portable one ends at FD_SETSIZE.</summary>
internal sealed unsafe class SelectMechanism : Mechanism
{
    private const int WordBits = 64;

    private readonly int _words;
    private readonly int _descriptors;
    private readonly ulong* _watched;
    private readonly ulong* _result;

    public SelectMechanism(Room room)
        : base(room)
    {
        _descriptors = room.HighestDescriptor + 1;
        _words = (_descriptors + WordBits - 1) / WordBits;
        _watched = Allocate<ulong>(_words);
        _result = Allocate<ulong>(_words);
    }

    public override void Add(int descriptor) => _watched[descriptor / WordBits] |= 1UL << (descriptor % WordBits);

    public override void Modify(int descriptor) => Add(descriptor);

    public override void Remove(int descriptor) => _watched[descriptor / WordBits] &= ~(1UL << (descriptor % WordBits));

    public override int Wait(bool block)
    {
        Unsafe.CopyBlock(_result, _watched, (uint)_words * sizeof(ulong)); // the call overwrites its set
        int count = Readiness.Select(_descriptors, _result, block, ReturnsAtOnce);
        int found = 0;
        for (int word = 0; found < count; word++)
        {
            for (ulong bits = _result[word]; bits != 0; bits &= bits - 1)
            {
                Ready[found++] = (word * WordBits) + BitOperations.TrailingZeroCount(bits);
            }
        }

        return count;
    }

    public override void Dispose()
    {
        base.Dispose();
        Free(_watched);
        Free(_result);
    }
}
