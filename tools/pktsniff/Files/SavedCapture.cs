using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;

namespace NetTools.PktSniff.Files;

/// <summary>Frames from a capture file: pcap or pcapng, compressed by gzip or not.</summary>
internal sealed class SavedCapture : IDisposable
{
    private const int UsualSnaplen = 262144;

    private readonly CaptureReader _reader;
    private readonly string _path;
    private readonly FilterExpression _filter;
    private readonly Dictionary<int, FrameFilter> _filters = [];
    private readonly List<(SavedItem Item, byte[] Bytes)> _early = [];
    private SavedItem _first = SavedItem.End;

    private SavedCapture(CaptureReader reader, string path, FilterExpression filter)
    {
        _reader = reader;
        _path = path;
        _filter = filter;
    }

    /// <summary>The interface described last; the first one after <see cref="Open"/>, unless the file has none.</summary>
    public FrameOrigin? Origin => _reader.Origin;

    /// <summary>Frames that the file says were dropped when it was captured, all sections together.</summary>
    public ulong Dropped => _reader.Dropped;

    /// <summary>Opens a file and reads what stands before its first interface; <c>-</c> is standard input.</summary>
    /// <param name="path">Its name.</param>
    /// <param name="filter">The frames that are wanted.</param>
    /// <param name="stop">What ends a read that waits for a pipe, or null.</param>
    /// <exception cref="OperationFailedException">
    /// It cannot be read, is not a capture file, or the filter does not compile.
    /// </exception>
    public static SavedCapture Open(string path, FilterExpression filter, StopSignals? stop = null)
    {
        ByteSource source = ByteSource.Open(path, stop);
        try
        {
            CaptureReader reader = PcapngReader.Knows(source.Peek(4)) ? new PcapngReader(source) : new PcapReader(source);
            SavedCapture saved = new(reader, path, filter);
            saved.ReadToFirstInterface();
            saved.FilterFor(reader.Origin); // a filter that does not compile is an error at once
            return saved;
        }
        catch (OperationFailedException e) when (
            e is not LibcException && !e.Message.StartsWith("filter", StringComparison.Ordinal))
        {
            source.Dispose();
            throw new OperationFailedException($"reading {path}: {e.Message}", e.Hint);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Hands frames to the sink until it wants no more, a stop is asked for, or the file ends.</summary>
    /// <returns>Null, or what is wrong with the file from here on.</returns>
    /// <exception cref="OperationFailedException">
    /// The filter does not compile for a link type, or asks for a direction that is not known.
    /// </exception>
    public string? Run(IFrameSink sink, StopSignals stop)
    {
        CapturedFrame frame = default;
        bool wanted = true;
        foreach ((SavedItem early, byte[] bytes) in _early)
        {
            if (early == SavedItem.Section)
            {
                sink.BeginSection(bytes);
            }
            else
            {
                sink.HandOn(bytes);
            }
        }

        while (wanted && !stop.Requested)
        {
            SavedItem item = _first;
            _first = SavedItem.End;
            try
            {
                item = item == SavedItem.End ? _reader.Next(ref frame) : item;
            }
            catch (OperationFailedException e)
            {
                return stop.Requested ? null : $"reading {_path}: {e.Message}";
            }

            switch (item)
            {
                case SavedItem.Frame:
                    if (FilterFor(frame.Origin).Matches(frame))
                    {
                        wanted = sink.Take(frame);
                    }

                    break;
                case SavedItem.Interface:
                    sink.Begin(_reader.Origin);
                    break;
                case SavedItem.Section:
                    sink.BeginSection(_reader.Block);
                    break;
                case SavedItem.Block:
                    sink.HandOn(_reader.Block);
                    break;
                default:
                    return null;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (FrameFilter filter in _filters.Values)
        {
            filter.Dispose();
        }

        _reader.Dispose();
    }

    private void ReadToFirstInterface()
    {
        CapturedFrame frame = default;
        while ((_first = _reader.Next(ref frame)) is SavedItem.Section or SavedItem.Block)
        {
            _early.Add((_first, _reader.Block.ToArray()));
        }
    }

    private FrameFilter FilterFor(FrameOrigin? origin)
    {
        int linkType = origin?.LinkType ?? LinkType.Ethernet;
        if (!_filters.TryGetValue(linkType, out FrameFilter? filter))
        {
            filter = FrameFilter.Compile(_filter, linkType, UsualSnaplen);
            _filters.Add(linkType, filter);
            if (filter.AsksDirection && origin is { KnowsDirection: false })
            {
                throw filter.DirectionUnknown();
            }
        }

        return filter;
    }
}
