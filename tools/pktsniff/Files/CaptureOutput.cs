using NetTools.Os;
using NetTools.PktSniff.Link;
using NetTools.Terminal;

namespace NetTools.PktSniff.Files;

/// <summary>
/// The file or files that a capture is written to. A frame goes into one file, and files change between two frames.
/// </summary>
/// <param name="settings">Which files.</param>
/// <param name="sources">The files that are read, which are never overwritten.</param>
/// <param name="counters">Asks for the counters of the kernel so far.</param>
/// <param name="now">The time a capture begins, seconds since 1970; null when the first frame is to say it.</param>
/// <param name="hint">What the user can do when a file cannot be created, or null.</param>
/// <param name="finished">Has a program run for each finished file; null for none. Its owner's.</param>
internal sealed class CaptureOutput(
    FileSettings settings, IReadOnlyList<string> sources, Func<IReadOnlyList<OriginCounters>> counters, long? now, string? hint,
    FinishedFiles? finished = null) : IDisposable
{
    private readonly CaptureFile _file = new(settings.Pcapng, hint);
    private readonly FrameRecords _records = FrameRecords.In(settings);
    private readonly List<FrameOrigin> _origins = [];
    private readonly List<byte[]> _early = [];
    private readonly long _rotateBytes = settings.RotateBytes == 0 ? long.MaxValue : settings.RotateBytes;
    private readonly long _rotateSeconds = settings.RotateSeconds == 0 ? long.MaxValue : settings.RotateSeconds;
    private bool _begun;
    private bool _failed;
    private long _since = now ?? 0;
    private int _periods;
    private int _number;

    /// <summary>True when the program started for finished files failed.</summary>
    public bool CommandFailed => finished is { AnyFailed: true };

    /// <summary>
    /// Makes the first file, so that one that cannot be made is an error at once, unless its name depends on the first frame.
    /// </summary>
    /// <exception cref="OperationFailedException">It cannot be created.</exception>
    public void Open()
    {
        if (now is not null || !settings.NamedByTime)
        {
            OpenFile();
        }
    }

    /// <summary>Begins a section like one of the pcapng file that is read, where the format has sections.</summary>
    /// <param name="block">Its header as it stands there; empty for one of our own.</param>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public void BeginSection(ReadOnlySpan<byte> block)
    {
        if (!_records.HasSections)
        {
            return;
        }

        _origins.Clear();
        _records.BeginSection(block);
        if (_file.IsOpen)
        {
            BeginRecords();
        }
    }

    /// <summary>Writes a block of the pcapng file that is read as it is, where the format has blocks.</summary>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public void HandOn(ReadOnlySpan<byte> block)
    {
        if (_file.IsOpen && _begun)
        {
            _records.HandOn(_file, block);
        }
        else if (_records.HasSections)
        {
            _early.Add(block.ToArray()); // the file's name depends on the first frame
        }
    }

    /// <summary>Takes note of where frames come from.</summary>
    /// <exception cref="OperationFailedException">The file cannot hold frames of this link type beside the others.</exception>
    public void Begin(FrameOrigin origin)
    {
        if (origin.Block.Length == 0 && _records.IsForeign)
        {
            BeginSection(default); // a pcap file after a pcapng file
        }

        _origins.Add(origin);
        if (_file.IsOpen && _begun)
        {
            _records.Add(_file, origin);
        }
        else if (_file.IsOpen)
        {
            BeginRecords();
            _file.Flush(); // makes sure that the file can be written at all
        }
    }

    /// <summary>Adds a frame, to another file when it is time for one.</summary>
    /// <returns>False when there may be no more files: the frame was not written.</returns>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public bool Add(scoped in CapturedFrame frame)
    {
        if (_rotateSeconds != long.MaxValue && !KeepTime(frame.Seconds))
        {
            return false;
        }

        if (_file.Length > _rotateBytes)
        {
            _number = settings.FileCount > 0 && _number + 1 >= settings.FileCount ? 0 : _number + 1;
            Change();
        }

        _records.Add(_file, frame);
        if (settings.PacketBuffered)
        {
            _file.Flush();
        }

        return true;
    }

    /// <summary>Writes out what is buffered.</summary>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public void Flush()
    {
        if (_file.IsOpen)
        {
            _file.Flush();
        }
    }

    /// <summary>Ends the last file, unless it could not be written, and waits for the programs started for the files.</summary>
    /// <exception cref="OutputException">The disk is full, or the pipe is closed.</exception>
    public void Finish()
    {
        if (_failed || _file.HasFailed)
        {
            _file.Close(); // it ends with a whole record, and would get a hole behind it
        }
        else if (!_file.IsOpen && _origins.Count > 0 && _periods == 0)
        {
            _since = DateTimeOffset.UtcNow.ToUnixTimeSeconds(); // there was no frame: an empty file
            Start();
        }

        if (_file.IsOpen)
        {
            EndFile();
        }

        finished?.Wait();
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Begins another file when the time of this one is over.</summary>
    private bool KeepTime(long seconds)
    {
        if (!_file.IsOpen)
        {
            _since = seconds;
            Start();
        }
        else if (seconds - (settings.Align ? _since - _since % _rotateSeconds : _since) >= _rotateSeconds)
        {
            _since = seconds;
            _number = 0;
            _periods++;
            if (settings.RotateBytes == 0 && settings.FileCount > 0 && _periods >= settings.FileCount)
            {
                EndFile();
                return false;
            }

            Change();
        }

        return true;
    }

    private void Change()
    {
        EndFile();
        try
        {
            Start();
        }
        catch (OperationFailedException e)
        {
            _failed = true;
            throw new OutputException(e.Message); // it did run, until here
        }
    }

    private void Start()
    {
        OpenFile();
        BeginRecords();
    }

    private void OpenFile()
    {
        string name = RotatedNames.Of(settings, _number, _since);
        if (sources.FirstOrDefault(source => SameFile.Is(source, name)) is string same)
        {
            throw new OperationFailedException($"{same} and {name} are the same file: it cannot be read and written");
        }

        _file.Open(name);
    }

    private void BeginRecords()
    {
        _records.Begin(_file, _origins);
        _begun = true;
        _early.ForEach(block => _records.HandOn(_file, block));
        _early.Clear();
    }

    private void EndFile()
    {
        _records.End(_file, counters());
        _file.Flush();
        _file.Close();
        finished?.Add(_file.Path);
    }
}
