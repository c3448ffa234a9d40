using System.Diagnostics;
using System.Text;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using NetTools.PktSniff.Report;
using NetTools.Terminal;

namespace NetTools.PktSniff.Capture;

/// <summary>One run: open the source, give up privileges, hand the frames to the file and the printer, count.</summary>
internal sealed class CaptureCommand(CaptureSettings settings) : IFrameSink
{
    private readonly TotalsReport _totals = new(settings.Print.Json);
    private readonly TftpTransfers _transfers = new();
    private IFrameReport? _printer;
    private CaptureOutput? _file;
    private long _frames;
    private int _code = ExitCode.Success;
    private string? _failure;

    /// <summary>Runs to the end of the file, to the count, or to a signal.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        if (Listings.TryWrite(settings))
        {
            return ExitCode.Success;
        }

        ReadySignal ready = new(settings.ReadyDescriptor);
        bool needsInterface = !settings.ReadsFiles && (settings.ListFilter == ListingStyle.None || settings.Interfaces.Count > 0);
        using LiveCapture? live = needsInterface
            ? LiveCapture.Open(settings.Interfaces.Count > 0 ? settings
                : settings with { Interfaces = [DefaultInterface.Find()] }) : null;
        // From here on nothing needs a privilege, and everything is under the influence of others. No thread was started so far.
        // A program for finished files runs as the caller, and so may root's be.
        bool callerIsRoot = SnifferUser.CallerIsRoot(settings.User);
        using FinishedFiles? roots = callerIsRoot ? StartFinished() : null;
        // Another's folder for process ids, such as /run, is root's.
        using PidFile? early = Linux.getuid() == 0 && !callerIsRoot ? PidFile.Open(settings.PidFile) : null;
        string? hint = SnifferUser.Become(settings.User, settings.UsesFiles);
        using PidFile? process = early ?? PidFile.Open(settings.PidFile);
        FilterExpression filter = (settings.FilterFile is null ? new(settings.Filter)
            : FilterExpression.ReadFile(settings.FilterFile)) with
        { IsOptimized = settings.OptimizesFilter };
        if (settings.ListFilter != ListingStyle.None || settings.ListLinkTypes)
        {
            Sandbox.Enter(Allowances.Sockets, settings.NoSandbox); // names in a filter are looked up
            Listings.Write(settings, live, filter);
            return ExitCode.Success;
        }

        CheckLinkType(live);
        live?.Start(filter);
        IReadOnlyList<string> paths = settings.ReadList is null ? settings.ReadFile is null ? [] : [settings.ReadFile]
            : ReadNames(settings.ReadList);
        Sandbox.AlsoRead(paths);
        using FinishedFiles? finished = roots ?? StartFinished();
        EnterSandbox(filter);
        using StopSignals stop = new();
        stop.OnUser1(() => { });
        SavedCapture? saved = live is null ? SavedCapture.Open(paths[0], filter, stop) : null;
        try
        {
            IReadOnlyList<string> inputs = [.. paths, .. ((string?[])[settings.ReadList, settings.FilterFile]).OfType<string>()];
            RefusePlotOver(inputs);
            using CaptureOutput? file = settings.Output is null ? null : new CaptureOutput(
                settings.Output with { Filter = filter.Text },
                inputs, () => live?.Counters() ?? [], live is null ? null : DateTimeOffset.UtcNow.ToUnixTimeSeconds(), hint,
                finished);
            _file = file;
            _file?.Open();
            RefusePlotOver(settings.Output is null ? [] : [settings.Output.Path]);
            _printer = Reports.Create(settings.Print);
            Output.Standard.LineBuffered = settings.Print.LineBuffered;

            long start = Stopwatch.GetTimestamp();
            DateTimeOffset started = DateTimeOffset.UtcNow;
            ulong dropped = 0;
            // What one of the outputs cannot take any more must not cost what the others have.
            Attempt(() =>
            {
                if (live is not null)
                {
                    _totals.Announce(live);
                    ready.Send();
                    _code = live.Run(this, stop) ? _code : ExitCode.Negative;
                    return;
                }

                ready.Send();
                for (int i = 0; i < paths.Count && !stop.Requested && _frames < settings.Count; i++)
                {
                    if (i > 0)
                    {
                        dropped += saved!.Dropped;
                        saved.Dispose();
                        saved = SavedCapture.Open(paths[i], filter, stop);
                    }

                    if (saved!.Run(this, stop) is string problem)
                    {
                        ErrorLine.Write(problem);
                        _code = ExitCode.Negative;
                    }
                }
            });
            CaptureTotals totals = live is null ? new CaptureTotals { Dropped = dropped + saved!.Dropped }
                : CaptureTotals.Of(live.Counters());
            Attempt(EndPrinting);
            Attempt(() => _file?.Finish());
            _code = _file is { CommandFailed: true } ? ExitCode.Negative : _code;
            if (!Output.Standard.HasFailed || !settings.Print.Json)
            {
                _totals.Write(_frames, totals, Stopwatch.GetElapsedTime(start), started, live is not null, stop.Requested);
            }

            return _code;
        }
        finally
        {
            saved?.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Begin(FrameOrigin origin)
    {
        if (settings.ReadsFiles && settings.LinkType is int wanted && origin.LinkType != wanted)
        {
            throw new OperationFailedException($"-y: the file holds frames of {LinkTypeNames.Name(origin.LinkType)}");
        }

        _file?.Begin(origin);
    }

    /// <inheritdoc/>
    public void BeginSection(ReadOnlySpan<byte> block) => _file?.BeginSection(block);

    /// <inheritdoc/>
    public void HandOn(ReadOnlySpan<byte> block) => _file?.HandOn(block);

    /// <inheritdoc/>
    public bool Take(scoped in CapturedFrame frame)
    {
        if (_file is not null && !_file.Add(frame))
        {
            return false;
        }

        _frames++;
        if (_printer is not null)
        {
            FrameDecoder.Decode(frame.Bytes, frame.Origin.LinkType, out DecodedFrame decoded);
            _transfers.Mark(ref decoded);
            _printer.Print(_frames, frame, decoded);
        }

        return _frames < settings.Count;
    }

    /// <inheritdoc/>
    public void Idle()
    {
        if (_printer is not null)
        {
            _printer.Idle();
            Output.Standard.Flush();
        }

        _file?.Flush();
    }

    /// <inheritdoc/>
    public void Report(IReadOnlyList<OriginCounters> counters) => _totals.WriteSoFar(_frames, CaptureTotals.Of(counters));

    /// <inheritdoc/>
    public void LinkChanged(FrameOrigin origin, bool isUp) =>
        ErrorLine.Write($"interface {origin.Interface}: link {(isUp ? "up" : "down")}");

    /// <inheritdoc/>
    public void Lost(FrameOrigin origin, int errno) => ErrorLine.Write(
        $"interface {origin.Interface}: {(errno == Tmds.Linux.LibC.ENODEV ? "gone" : Errno.Describe(errno))}");

    /// <summary>Goes on when an output fails, with a line for it.</summary>
    private void Attempt(Action step)
    {
        try
        {
            step();
        }
        catch (OutputException e)
        {
            _code = ExitCode.Negative;
            if (e.Message != _failure)
            {
                ErrorLine.Write(e.Message);
            }

            _failure = e.Message;
        }
    }

    private void EndPrinting()
    {
        _printer?.End();
        if (settings.Print.CountOnly && !settings.Print.Json)
        {
            Output.Standard.WriteLine(Figures.PlainCount(_frames, "frame"));
        }

        Output.Standard.Flush(); // before the counters on standard error
    }

    /// <summary>The file of --plot is none that is read, and not the one that -w writes.</summary>
    private void RefusePlotOver(IReadOnlyList<string> others)
    {
        if (settings.Print.PlotFile is string plot && others.FirstOrDefault(other => SameFile.Is(other, plot)) is string same)
        {
            throw new OperationFailedException($"--plot {plot}: the same file as {same}, which it would overwrite");
        }
    }

    private FinishedFiles? StartFinished() => settings.Output?.Command is string program ? FinishedFiles.Start(program) : null;

    private void EnterSandbox(FilterExpression filter)
    {
        // The names in a filter for a file are looked up from now on; those for an interface have been.
        Sandbox.Enter((settings.ReadsFiles && !filter.IsEmpty ? Allowances.Sockets : Allowances.None)
            | (settings.Output is not null || settings.Print.PlotFile is not null ? Allowances.Files : Allowances.None)
            | (settings.PidFile is not null ? Allowances.Files | Allowances.Removals : Allowances.None), settings.NoSandbox);
    }

    private static string[] ReadNames(string list)
    {
        const int longest = 1 << 20;
        byte[] text = list == "-" ? UserFile.Read(0, "standard input", longest) : UserFile.Read(list, longest);
        string[] names = [.. Encoding.UTF8.GetString(text).Split('\n',
            StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];
        return names.Length > 0 ? names : throw new OperationFailedException($"-V {list}: no file is named in it");
    }

    private void CheckLinkType(LiveCapture? live)
    {
        if (live is not null && settings.LinkType is int wanted && live.LinkType != wanted)
        {
            throw new OperationFailedException(
                $"-y {LinkTypeNames.Name(wanted)}: the interface gives {LinkTypeNames.Name(live.LinkType)}",
                    "list link types with: pktsniff -L");
        }
    }
}
