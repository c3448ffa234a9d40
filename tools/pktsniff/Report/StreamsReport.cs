using System.Globalization;
using System.Text.Json;
using NetTools.Packets;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using NetTools.PktSniff.Traffic;
using NetTools.Terminal;

namespace NetTools.PktSniff.Report;

/// <summary>The conversations of TCP and UDP with their numbers, at the end.</summary>
/// <param name="output">Where they go.</param>
/// <param name="json">One object per conversation instead of a table.</param>
internal sealed class StreamsReport(Output output, bool json) : IFrameReport
{
    private readonly StreamNumbers _streams = new();

    /// <inheritdoc/>
    public void Print(long number, scoped in CapturedFrame captured, scoped in DecodedFrame frame) =>
        _streams.Add(frame, captured.Length, TrafficCounter.TimeOf(captured));

    /// <inheritdoc/>
    public void End()
    {
        if (json)
        {
            WriteJson();
        }
        else
        {
            WriteTable();
        }

        if (_streams.Unnumbered > 0)
        {
            ErrorLine.Write($"{Figures.PlainCount(_streams.Unnumbered, "frame")} of conversations beyond the first "
                + $"{_streams.Streams.Count}");
        }
    }

    private void WriteTable()
    {
        Table table = new("stream", "protocol", "carries", "first", "second", "frames >", "bytes >", "frames <", "bytes <",
            "seconds");
        for (int i = 0; i < _streams.Streams.Count; i++)
        {
            Conversation one = _streams.Streams[i];
            (string first, string second) = one.Key.Ends();
            table.Add(Whole(i), TrafficTables.ProtocolName(one.Key), Application(one) ?? "", first, second,
                Whole(one.There.Frames), Whole(one.There.Bytes), Whole(one.Back.Frames), Whole(one.Back.Bytes),
                string.Create(CultureInfo.InvariantCulture, $"{one.End - one.Start:0.000}"));
        }

        table.Write(output);
    }

    private void WriteJson()
    {
        using JsonLines lines = new(output);
        for (int i = 0; i < _streams.Streams.Count; i++)
        {
            Conversation one = _streams.Streams[i];
            (string first, string second) = one.Key.Ends();
            Utf8JsonWriter writer = lines.Begin();
            writer.WriteString("event"u8, "stream"u8);
            writer.WriteNumber("stream"u8, i);
            writer.WriteString("protocol"u8, TrafficTables.ProtocolName(one.Key));
            writer.WriteString("application"u8, Application(one));
            writer.WriteString("first"u8, first);
            writer.WriteString("second"u8, second);
            writer.WriteNumber("frames_to_second"u8, one.There.Frames);
            writer.WriteNumber("bytes_to_second"u8, one.There.Bytes);
            writer.WriteNumber("frames_to_first"u8, one.Back.Frames);
            writer.WriteNumber("bytes_to_first"u8, one.Back.Bytes);
            writer.WriteNumber("seconds"u8, Math.Round(one.End - one.Start, 6));
            lines.End();
        }
    }

    private static string? Application(in Conversation one) =>
        one.Application == 0 ? null : ProtocolTable.Name(one.Application - 1);

    private static string Whole(long count) => count.ToString(CultureInfo.InvariantCulture);
}
