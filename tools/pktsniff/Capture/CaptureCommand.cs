using System.Diagnostics;
using System.Globalization;
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
            FieldNames.List(Output.Standard);
            return ExitCode.Success;
        }

        if (settings.ListFilter)
        {
            return List();
        }

        using LiveCapture? live = settings.ReadFile is null
            ? LiveCapture.Open(settings.Interfaces.Count > 0 ? settings : settings with { Interfaces = [DefaultInterface.Find()] }) : null;
        // From here on nothing needs a privilege, and everything is under the influence of others. No thread was started so far.
        string? hint = RunAs.Become(settings.User) ? "no longer root by now; -Z root keeps the right to write there" : null;
        Privileges.DropAll();
        EnterSandbox();
        using StopSignals stop = new();
        stop.OnUser1(() => { });
        using SavedCapture? saved = live is null ? SavedCapture.Open(settings.ReadFile!, settings.Filter) : null;
        using CaptureOutput? file = settings.Output is null ? null : new CaptureOutput(
            settings.Output, () => live?.Counters() ?? [], live is null ? null : DateTimeOffset.UtcNow.ToUnixTimeSeconds(), hint);
        _file = file;
        _file?.Open();
        _printer = Reports.Create(settings.Print);
        Output.Standard.LineBuffered = settings.Print.LineBuffered;

        long start = Stopwatch.GetTimestamp();
        int code = ExitCode.Success;
        IReadOnlyList<OriginCounters> counters = [];
        try
        {
            if (live is not null)
            {
                Announce(live.Origins);
                code = live.Run(this, stop) ? ExitCode.Success : ExitCode.Negative;
                counters = live.Counters();
            }
            else if (saved!.Run(this, stop) is string problem)
            {
                ErrorLine.Write(problem);
                code = ExitCode.Negative;
            }

            _printer?.End();
            Output.Standard.Flush(); // before the counters on standard error
            _file?.Finish();
            code = _file is { CommandFailed: true } ? ExitCode.Negative : code;
        }
        catch (OutputException e)
        {
            ErrorLine.Write(e.Message);
            code = ExitCode.Negative;
            counters = live?.Counters() ?? [];
        }

        Summarize(counters, Stopwatch.GetElapsedTime(start), live is not null, code == ExitCode.Success);
        return code;
    }

    /// <inheritdoc/>
    public void Begin(FrameOrigin origin) => _file?.Begin(origin);

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
        Say($"{ErrorLine.Tool}: {_frames} frames captured, {Received(counters)} received by filter, {Dropped(counters)} dropped by kernel");
        SayEach(counters);
    }

    /// <inheritdoc/>
    public void Lost(FrameOrigin origin, int errno) => ErrorLine.Write($"interface {origin.Interface}: {Errno.Describe(errno)}");

    private void EnterSandbox()
    {
        if (settings.Output?.Command is not null && !settings.NoSandbox)
        {
            return; // the user's program would inherit it, and who knows what that needs
        }

        // The names in a filter for a file are resolved from now on; those for an interface have been.
        Sandbox.Enter((settings.ReadFile is not null && settings.Filter.Length > 0 ? Allowances.Sockets : Allowances.None)
            | (settings.Output is not null || settings.Print.PlotFile is not null ? Allowances.Files : Allowances.None), settings.NoSandbox);
    }

    private int List()
    {
        using SavedCapture? saved = settings.ReadFile is null ? null : SavedCapture.Open(settings.ReadFile, filter: "");
        using PacketSocket? socket = settings.Interfaces.Count == 0 ? null : PacketSocket.Open(settings.Interfaces[0]);
        int linkType = saved?.Origin.LinkType ?? socket?.LinkType ?? LinkType.Ethernet;
        using FrameFilter filter = FrameFilter.Compile(settings.Filter, linkType, settings.Snaplen, socket?.Netmask ?? Pcap.PCAP_NETMASK_UNKNOWN);
        foreach (string line in filter.Listing())
        {
            Output.Standard.WriteLine(line);
        }

        return ExitCode.Success;
    }

    private void Announce(IReadOnlyList<FrameOrigin> origins) => Say(string.Create(CultureInfo.InvariantCulture,
        $"{ErrorLine.Tool}: listening on {string.Join(", ", origins.Select(origin => $"{origin.Interface}, link type {origin.LinkType}"))}, snapshot length {origins[0].Snaplen} bytes"));

    private static ulong Received(IReadOnlyList<OriginCounters> counters) => counters.Aggregate(0ul, (sum, one) => sum + one.Received);

    private static ulong Dropped(IReadOnlyList<OriginCounters> counters) => counters.Aggregate(0ul, (sum, one) => sum + one.Dropped);

    /// <summary>The counters of each interface, where there are several.</summary>
    private void SayEach(IReadOnlyList<OriginCounters> counters)
    {
        foreach (OriginCounters one in counters.Count > 1 ? counters : [])
        {
            Say($"{one.Origin.Interface}: {one.Received} received by filter, {one.Dropped} dropped by kernel");
        }
    }

    private void Summarize(IReadOnlyList<OriginCounters> counters, TimeSpan elapsed, bool live, bool outputWorks)
    {
        if (settings.Print.Json)
        {
            if (outputWorks)
            {
                WriteJsonSummary(counters, elapsed);
            }

            return;
        }

        if (live)
        {
            Say($"{_frames} frames captured");
            Say($"{Received(counters)} frames received by filter");
            Say($"{Dropped(counters)} frames dropped by kernel");
            SayEach(counters);
        }
    }

    private void WriteJsonSummary(IReadOnlyList<OriginCounters> counters, TimeSpan elapsed)
    {
        using JsonLines lines = new(Output.Standard);
        System.Text.Json.Utf8JsonWriter json = lines.Begin();
        json.WriteString("event"u8, "summary"u8);
        json.WriteNumber("received"u8, _frames);
        json.WriteNumber("received_by_filter"u8, Received(counters));
        json.WriteNumber("dropped"u8, Dropped(counters));
        json.WriteNumber("seconds"u8, Math.Round(elapsed.TotalSeconds, 6));
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
