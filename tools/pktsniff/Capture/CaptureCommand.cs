using System.Diagnostics;
using System.Globalization;
using System.Text;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Report;
using NetTools.Terminal;

namespace NetTools.PktSniff.Capture;

/// <summary>One run: open the source, give up privileges, hand the frames to the file and the printer, count.</summary>
internal sealed class CaptureCommand(CaptureSettings settings) : IFrameSink
{
    private readonly Output _error = new(2, "standard error");
    private IFrameReport? _printer;
    private CaptureOutput? _file;
    private long _frames;

    /// <summary>Runs to the end of the file, to the count, or to a signal.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        if (settings.Print.Fields is [])
        {
            Privileges.DropAll();
            Sandbox.Enter(Allowances.None, settings.NoSandbox);
            FieldNames.List(Output.Standard);
            return ExitCode.Success;
        }

        if (settings.ListInterfaces)
        {
            Privileges.DropAll();
            Sandbox.Enter(Allowances.OtherSockets, settings.NoSandbox); // the kernel lists them through netlink(7)
            InterfaceList.Write(Output.Standard);
            return ExitCode.Success;
        }

        if (settings.ListTimeStampTypes)
        {
            Privileges.DropAll();
            Output.Standard.WriteLine("host (the clock of the kernel)");
            return ExitCode.Success;
        }

        ReadySignal ready = new(settings.ReadyDescriptor);
        bool needsInterface = !settings.ReadsFiles && (settings.ListFilter == ListingStyle.None || settings.Interfaces.Count > 0);
        using LiveCapture? live = needsInterface
            ? LiveCapture.Open(settings.Interfaces.Count > 0 ? settings
                : settings with { Interfaces = [DefaultInterface.Find()] }) : null;
        // From here on nothing needs a privilege, and everything is under the influence of others. No thread was started so far.
        string? hint = GiveUpPrivileges();
        FilterExpression filter = (settings.FilterFile is null ? new(settings.Filter)
            : FilterExpression.ReadFile(settings.FilterFile)) with { IsOptimized = settings.OptimizesFilter };
        if (settings.ListFilter != ListingStyle.None || settings.ListLinkTypes)
        {
            Sandbox.Enter(Allowances.Sockets, settings.NoSandbox); // names in a filter are looked up
            return settings.ListFilter != ListingStyle.None ? ListFilter(live, filter) : ListLinkTypes(live);
        }

        CheckLinkType(live);
        live?.Start(filter);
        using PidFile? process = settings.PidFile is null ? null : new PidFile(settings.PidFile);
        IReadOnlyList<string> paths = settings.ReadList is null ? settings.ReadFile is null ? [] : [settings.ReadFile]
            : ReadNames(settings.ReadList);
        Sandbox.AlsoRead(paths);
        using FinishedFiles? finished = settings.Output?.Command is string program ? FinishedFiles.Start(program) : null;
        EnterSandbox(filter);
        using StopSignals stop = new();
        stop.OnUser1(() => { });
        SavedCapture? saved = live is null ? SavedCapture.Open(paths[0], filter, stop) : null;
        try
        {
            using CaptureOutput? file = settings.Output is null ? null : new CaptureOutput(
                settings.Output with { Filter = filter.Text },
                () => live?.Counters() ?? [], live is null ? null : DateTimeOffset.UtcNow.ToUnixTimeSeconds(), hint,
                finished);
            _file = file;
            if (settings.Output is { NamedByTime: false } output && paths.FirstOrDefault(path => SameFile.Is(path,
                output.Path)) is string same)
            {
                throw new OperationFailedException($"{same} and {output.Path} are the same file: it cannot be read and written");
            }

            _file?.Open();
            _printer = Reports.Create(settings.Print);
            Output.Standard.LineBuffered = settings.Print.LineBuffered;

            long start = Stopwatch.GetTimestamp();
            DateTimeOffset started = DateTimeOffset.UtcNow;
            int code = ExitCode.Success;
            bool outputWorks = true;
            CaptureTotals totals = default;
            try
            {
                if (live is not null)
                {
                    Announce(live);
                    ready.Send();
                    code = live.Run(this, stop) ? ExitCode.Success : ExitCode.Negative;
                    totals = CaptureTotals.Of(live.Counters());
                }
                else
                {
                    ready.Send();
                    for (int i = 0; i < paths.Count && !stop.Requested && _frames < settings.Count; i++)
                    {
                        if (i > 0)
                        {
                            saved!.Dispose();
                            saved = SavedCapture.Open(paths[i], filter, stop);
                        }

                        if (saved!.Run(this, stop) is string problem)
                        {
                            ErrorLine.Write(problem);
                            code = ExitCode.Negative;
                        }

                        totals = totals with { Dropped = totals.Dropped + saved.Dropped };
                    }
                }

                _printer?.End();
                if (settings.Print.CountOnly && !settings.Print.Json)
                {
                    Output.Standard.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_frames} frames"));
                }

                Output.Standard.Flush(); // before the counters on standard error
                _file?.Finish();
                code = _file is { CommandFailed: true } ? ExitCode.Negative : code;
            }
            catch (OutputException e)
            {
                ErrorLine.Write(e.Message);
                code = ExitCode.Negative;
                outputWorks = false;
                totals = live is null ? totals : CaptureTotals.Of(live.Counters());
            }

            Summarize(totals, Stopwatch.GetElapsedTime(start), started, live is not null, outputWorks,
                stop.Requested);
            return code;
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
    public void Report(IReadOnlyList<OriginCounters> counters)
    {
        Say($"{ErrorLine.Tool}: {_frames} frames captured, {Received(counters)} received by filter, {Dropped(counters)} "
            + $"dropped by kernel");
        SayEach(counters);
    }

    /// <inheritdoc/>
    public void LinkChanged(FrameOrigin origin, bool isUp) =>
        ErrorLine.Write($"interface {origin.Interface}: link {(isUp ? "up" : "down")}");

    /// <inheritdoc/>
    public void Lost(FrameOrigin origin, int errno) => ErrorLine.Write(
        $"interface {origin.Interface}: {(errno == Tmds.Linux.LibC.ENODEV ? "gone" : Errno.Describe(errno))}");

    /// <summary>As root becomes another user; drops every privilege in any case.</summary>
    /// <returns>What to tell when a file cannot be created, or null.</returns>
    private string? GiveUpPrivileges()
    {
        bool isRoot = Linux.getuid() == 0; // the one who runs it: a setuid copy is nobody's root
        if (settings.User is not null && !isRoot)
        {
            throw new OperationFailedException("-Z needs root");
        }

        // Root without sudo works on root's own files; where there are none, it need not be root.
        Account? account = !isRoot ? null
            : settings.User is string name ? Account.Named(name)
            : Account.Invoking() ?? (settings.UsesFiles ? null : Account.FirstOf("tcpdump", "nobody"));
        if (account is { Uid: not 0 })
        {
            try
            {
                Privileges.Become(account);
                return "no longer root by now; -Z root keeps the right to write there";
            }
            catch (LibcException) when (settings.User is null && Account.Invoking() is null)
            {
                // A user namespace without that account: dropping is all there is.
            }
        }

        Privileges.DropAll();
        return null;
    }

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

    private static int ListLinkTypes(LiveCapture? live)
    {
        foreach ((string name, int type) in live?.LinkTypes ?? [])
        {
            Output.Standard.WriteLine($"{Escape.Terminal(name)}: {LinkTypeNames.Name(type)} ({LinkTypeNames.Description(type)})");
        }

        return ExitCode.Success;
    }

    private int ListFilter(LiveCapture? live, FilterExpression filter)
    {
        using SavedCapture? saved = settings.ReadFile is null ? null : SavedCapture.Open(settings.ReadFile, FilterExpression.All);
        int linkType = saved?.Origin?.LinkType ?? settings.LinkType ?? LinkType.Ethernet;
        using FrameFilter compiled = live is not null ? live.Compile(filter) : FrameFilter.Compile(filter, linkType,
            settings.Snaplen);
        foreach (string line in compiled.Listing(settings.ListFilter))
        {
            Output.Standard.WriteLine(line);
        }

        return ExitCode.Success;
    }

    private void Announce(LiveCapture live)
    {
        if (live.FiltersInUserSpace)
        {
            Say($"{ErrorLine.Tool}: the kernel refuses this filter: every frame is copied, and the filter runs here");
        }

        Say(string.Create(CultureInfo.InvariantCulture, $"{ErrorLine.Tool}: listening on "
            + $"{string.Join(", ", live.Origins.Select(origin => $"{origin.Interface}, link type {origin.LinkType}"))}, "
                + $"snapshot length {live.Origins[0].Snaplen} bytes"));
    }

    private static ulong Received(IReadOnlyList<OriginCounters> counters) => CaptureTotals.Of(counters).Received;

    private static ulong Dropped(IReadOnlyList<OriginCounters> counters) => CaptureTotals.Of(counters).Dropped;

    /// <summary>The counters of each interface, where there are several.</summary>
    private void SayEach(IReadOnlyList<OriginCounters> counters)
    {
        foreach (OriginCounters one in counters.Count > 1 ? counters : [])
        {
            Say($"{one.Origin.Interface}: {one.Received} received by filter, {one.Dropped} dropped by kernel");
        }
    }

    private void Summarize(CaptureTotals totals, TimeSpan elapsed, DateTimeOffset started, bool live, bool outputWorks,
        bool interrupted)
    {
        if (settings.Print.Json)
        {
            if (outputWorks)
            {
                WriteJsonSummary(totals, elapsed, started, interrupted);
            }

            return;
        }

        if (live)
        {
            Say($"{_frames} frames captured");
            Say($"{totals.Received} frames received by filter");
            Say($"{totals.Dropped} frames dropped by kernel");
            SayEach(totals.Each);
        }
        else if (totals.Dropped > 0)
        {
            Say($"{totals.Dropped} frames dropped by kernel when the file was captured");
        }
    }

    private void WriteJsonSummary(CaptureTotals totals, TimeSpan elapsed, DateTimeOffset started, bool interrupted)
    {
        IReadOnlyList<OriginCounters> counters = totals.Each;
        using JsonLines lines = new(Output.Standard);
        System.Text.Json.Utf8JsonWriter json = lines.Begin();
        json.WriteString("event"u8, "summary"u8);
        json.WriteNumber("received"u8, _frames);
        json.WriteNumber("received_by_filter"u8, totals.Received);
        json.WriteNumber("dropped"u8, totals.Dropped);
        json.WriteNumber("seconds"u8, Math.Round(elapsed.TotalSeconds, 6));
        json.WriteString("version"u8, Terminal.Command.Version);
        json.WriteString("started"u8, Rfc3339(started));
        json.WriteString("ended"u8, Rfc3339(started + elapsed));
        json.WriteBoolean("interrupted"u8, interrupted);
        if (counters.Count > 1)
        {
            json.WriteStartArray("interfaces"u8);
            foreach (OriginCounters one in counters)
            {
                json.WriteStartObject();
                json.WriteString("name"u8, one.Origin.Interface);
                json.WriteNumber("received"u8, one.Received);
                json.WriteNumber("dropped"u8, one.Dropped);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        lines.End();
    }

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'",
        CultureInfo.InvariantCulture);

    private void Say(string text)
    {
        try
        {
            _error.WriteLine(text);
            _error.Flush();
        }
        catch (OutputException)
        {
            // Nobody listens.
        }
    }
}
