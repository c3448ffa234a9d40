namespace NetTools.PktSniff.Traffic;

/// <summary>
/// Conversations, at most <see cref="Capacity"/>: when it is full the smaller half becomes one sum of
/// others. (One that was large and is among them starts afresh when it goes on.) Allocates nothing once made.
/// </summary>
internal sealed class ConversationTable
{
    /// <summary>The most conversations it keeps apart.</summary>
    public const int Capacity = 1 << 14;

    private const int SlotMask = 4 * Capacity - 1;

    private readonly Conversation[] _entries = new Conversation[Capacity];
    private readonly int[] _slots = new int[SlotMask + 1]; // index of an entry plus one; 0 is free
    private readonly long[] _sizes = new long[Capacity];
    private readonly Conversation[] _kept = new Conversation[Capacity / 2];
    private readonly int[] _order = new int[Capacity];

    /// <summary>The conversations, in no order.</summary>
    public Span<Conversation> Entries => _entries.AsSpan(0, Count);

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Conversations that were put together.</summary>
    public long OtherCount { get; private set; }

    /// <summary>What those had moved.</summary>
    public Volume Others { get; private set; }

    /// <summary>Adds a frame.</summary>
    public void Add(in ConversationKey key, bool forward, long length, double time)
    {
        int slot = Find(key);
        if (_slots[slot] == 0)
        {
            if (Count == Capacity)
            {
                Halve();
                slot = Find(key);
            }

            _entries[Count] = new Conversation { Key = key, Start = time, End = time };
            _slots[slot] = ++Count;
        }

        ref Conversation entry = ref _entries[_slots[slot] - 1];
        if (forward)
        {
            entry.There.Add(length);
        }
        else
        {
            entry.Back.Add(length);
        }

        entry.End = Math.Max(entry.End, time);
    }

    private int Find(in ConversationKey key)
    {
        int slot = (int)(key.Hash() & SlotMask);
        while (_slots[slot] != 0 && _entries[_slots[slot] - 1].Key != key)
        {
            slot = slot + 1 & SlotMask;
        }

        return slot;
    }

    private void Halve()
    {
        for (int i = 0; i < Capacity; i++)
        {
            _sizes[i] = _entries[i].Total.Bytes;
            _order[i] = i;
        }

        Array.Sort(_sizes, _order);
        for (int i = 0; i < Capacity / 2; i++)
        {
            Others += _entries[_order[i]].Total;
        }

        for (int i = 0; i < _kept.Length; i++)
        {
            _kept[i] = _entries[_order[Capacity / 2 + i]];
        }

        OtherCount += Capacity / 2;
        Array.Clear(_slots);
        for (Count = 0; Count < _kept.Length; Count++)
        {
            // In front of the search: it compares entries that are already in place.
            _entries[Count] = _kept[Count];
            _slots[Find(_kept[Count].Key)] = Count + 1;
        }
    }
}
