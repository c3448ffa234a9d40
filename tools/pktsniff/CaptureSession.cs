using System.Diagnostics;
using NetTools.Libc;
using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Print;
using NetTools.Sockets;
using NetTools.Terminal;

namespace NetTools.PktSniff;

/// <summary>One run: open the source, give up privileges, hand the frames to the file and the printer, count.</summary>
internal sealed class CaptureSession(CaptureSettings settings) : IFrameSink
{
    private readonly Output _error = new(2, "standard error");
    private IFramePrinter? _printer;
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
            ? LiveCapture.Open(settings.Interface ?? DefaultInterface.Find(), settings) : null;
        // From here on nothing needs a privilege, and everything is under the influence of others. No thread was started so far.
        string? hint = RunAs.Become(settings.User) ? "no longer root by now; -Z root keeps the right to write there" : null;
        Privileges.DropAll();
        using StopSignals stop = new();
        stop.OnUser1(() => { });
        using SavedCapture? saved = live is null ? SavedCapture.Open(settings.ReadFile!, settings.Filter) : null;
        using CaptureOutput? file = settings.Output is null ? null : new CaptureOutput(
            settings.Output, () => live?.CountersByOrigin() ?? [], live is null ? null : DateTimeOffset.UtcNow.ToUnixTimeSeconds(), hint);
        _file = file;
        _file?.Open();
        _printer = Printers.Create(settings.Print);
        Output.Standard.LineBuffered = settings.Print.LineBuffered;

        long start = Stopwatch.GetTimestamp();
        int code = ExitCode.Success;
        CaptureCounters counters = default;
        try
        {
            if (live is not null)
            {
                Announce(live.Origin);
                counters = live.Run(this, stop);
                if (counters.Error != 0)
                {
                    ErrorLine.Write($"interface {live.Origin.Interface}: {Errno.Describe(counters.Error)}");
                    code = ExitCode.Negative;
                }
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
            counters = live?.Counters() ?? default;
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
    public void Report(CaptureCounters counters) => Say(
        $"{ErrorLine.Tool}: {_frames} frames captured, {counters.Received} received by filter, {counters.Dropped} dropped by kernel");

    private int List()
    {
        using SavedCapture? saved = settings.ReadFile is null ? null : SavedCapture.Open(settings.ReadFile, filter: "");
        using PacketSocket? socket = settings.Interface is null ? null : PacketSocket.Open(settings.Interface);
        int linkType = saved?.Origin.LinkType ?? socket?.LinkType ?? LinkType.Ethernet;
        using FrameFilter filter = FrameFilter.Compile(settings.Filter, linkType, settings.Snaplen);
        foreach (string line in filter.Listing())
        {
            Output.Standard.WriteLine(line);
        }

        return ExitCode.Success;
    }

    private void Announce(FrameOrigin origin) =>
        Say($"{ErrorLine.Tool}: listening on {origin.Interface}, link type {origin.LinkType}, snapshot length {origin.Snaplen} bytes");

    private void Summarize(CaptureCounters counters, TimeSpan elapsed, bool live, bool outputWorks)
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
            Say($"{counters.Received} frames received by filter");
            Say($"{counters.Dropped} frames dropped by kernel");
        }
    }

    private void WriteJsonSummary(CaptureCounters counters, TimeSpan elapsed)
    {
        using JsonLines lines = new(Output.Standard);
        System.Text.Json.Utf8JsonWriter json = lines.Begin();
        json.WriteString("event"u8, "summary"u8);
        json.WriteNumber("received"u8, _frames);
        json.WriteNumber("received_by_filter"u8, counters.Received);
        json.WriteNumber("dropped"u8, counters.Dropped);
        json.WriteNumber("seconds"u8, Math.Round(elapsed.TotalSeconds, 6));
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
