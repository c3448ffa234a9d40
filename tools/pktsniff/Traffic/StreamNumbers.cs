using NetTools.Packets;
using NetTools.PktSniff.Protocols;

namespace NetTools.PktSniff.Traffic;

/// <summary>Numbers conversations of TCP and UDP from 0 in the order of their first frames; at most 65,536 of them.</summary>
internal sealed class StreamNumbers
{
    private const int Most = 65_536;

    private readonly Dictionary<ConversationKey, int> _numbers = [];
    private readonly List<Conversation> _streams = [];

    /// <summary>The conversations by their numbers.</summary>
    public IReadOnlyList<Conversation> Streams => _streams;

    /// <summary>Frames of conversations beyond the most.</summary>
    public long Unnumbered { get; private set; }

    /// <summary>Counts a frame.</summary>
    /// <returns>The number of its conversation; -1 when it has none.</returns>
    public int Add(scoped in DecodedFrame frame, long length, double time)
    {
        if (!frame.Has(FrameLayers.Ports) || !ConversationKey.TryRead(frame, out ConversationKey key, out bool forward))
        {
            return -1;
        }

        if (!_numbers.TryGetValue(key, out int number))
        {
            if (_streams.Count == Most)
            {
                Unnumbered++;
                return -1;
            }

            number = _streams.Count;
            _numbers.Add(key, number);
            _streams.Add(new Conversation { Key = key, Start = time, End = time });
        }

        Conversation stream = _streams[number];
        if (forward)
        {
            stream.There.Add(length);
        }
        else
        {
            stream.Back.Add(length);
        }

        if (stream.Application == 0)
        {
            stream.Application = ProtocolTable.FindApplication(frame) + 1;
        }

        stream.End = Math.Max(stream.End, time);
        _streams[number] = stream;
        return number;
    }
}
