using System.Runtime.InteropServices;
using NetTools.Measure;

namespace NetTools.EpollEcho.Load;

/// <summary>Kind of a message of a load process to its parent.</summary>
internal enum LoadMessageKind : byte
{
    /// <summary><see cref="LoadStatus"/>: once a second.</summary>
    Status = 1,

    /// <summary><see cref="LoadStatus"/>: it waits for the word to go on.</summary>
    Waiting,

    /// <summary><see cref="LoadSlice"/>: an interval is over.</summary>
    Slice,

    /// <summary>A <see cref="LoadResult"/> without its intervals: it has ended.</summary>
    Result,
}

/// <summary>Where a load process stands.</summary>
/// <param name="Second">Whole seconds of the run that it has reported: no earlier interval is still to come.</param>
/// <param name="Open">Connections open.</param>
/// <param name="Requests">Answered so far.</param>
/// <param name="Failed">Failed so far.</param>
internal readonly record struct LoadStatus(int Second, long Open, long Requests, long Failed);

/// <summary>An interval as one process saw it.</summary>
/// <param name="Second">Which second of the run, from 0: the same in all processes, which begin together.</param>
/// <param name="EndSeconds">Its end, counted from the first request.</param>
/// <param name="Failed">Requests that failed in it.</param>
/// <param name="ConnectionFailures">Connections that failed in it without a request.</param>
/// <param name="Latency">Those that were answered.</param>
internal readonly record struct LoadSlice(
    int Second, double EndSeconds, long Failed, long ConnectionFailures, LatencyHistogram Latency);

/// <summary>
/// The form in which a load process reports to its parent, both of the same binary: four bytes of length, one of kind, and
/// the fields in the order of this file.
/// </summary>
internal static class LoadMessage
{
    /// <summary>Bytes before the fields.</summary>
    public const int HeaderSize = 5;

    /// <summary>A status message.</summary>
    public static byte[] Write(LoadMessageKind kind, LoadStatus status) => Frame(kind, writer =>
    {
        writer.Write(status.Second);
        writer.Write(status.Open);
        writer.Write(status.Requests);
        writer.Write(status.Failed);
    });

    /// <summary>An interval.</summary>
    public static byte[] Write(LoadSlice slice) => Frame(LoadMessageKind.Slice, writer =>
    {
        writer.Write(slice.Second);
        writer.Write(slice.EndSeconds);
        writer.Write(slice.Failed);
        writer.Write(slice.ConnectionFailures);
        slice.Latency.Save(writer);
    });

    /// <summary>A result.</summary>
    public static byte[] Write(LoadResult result) => Frame(LoadMessageKind.Result, writer =>
    {
        writer.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<LoadCounts>(in result.Counts)));
        writer.Write((int)result.End);
        writer.Write(result.StartedAt);
        writer.Write(result.BegunAt);
        writer.Write(result.EndedAt);
        writer.Write(result.Errors.Count);
        foreach ((string name, long count) in result.Errors)
        {
            writer.Write(name);
            writer.Write(count);
        }

        writer.Write(result.StatusCodes.Count());
        foreach ((int code, long count) in result.StatusCodes)
        {
            writer.Write(code);
            writer.Write(count);
        }

        result.Latency.Save(writer);
        result.Uncorrected.Save(writer);
        result.Connect.Save(writer);
        result.FirstByte.Save(writer);
        writer.Write(result.Waits is not null);
        result.Waits?.Save(writer);
    });

    /// <summary>The fields of a status message.</summary>
    public static LoadStatus ReadStatus(BinaryReader reader) =>
        new(reader.ReadInt32(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());

    /// <summary>The fields of an interval.</summary>
    public static LoadSlice ReadSlice(BinaryReader reader)
    {
        LoadSlice slice = new(reader.ReadInt32(), reader.ReadDouble(), reader.ReadInt64(), reader.ReadInt64(),
            new LatencyHistogram());
        slice.Latency.AddSaved(reader);
        return slice;
    }

    /// <summary>The fields of a result.</summary>
    /// <exception cref="EndOfStreamException">They are not all there.</exception>
    public static LoadResult ReadResult(BinaryReader reader)
    {
        LoadResult result = new();
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(new Span<LoadCounts>(ref result.Counts)));
        result.End = (RunEnd)reader.ReadInt32();
        result.StartedAt = reader.ReadInt64();
        result.BegunAt = reader.ReadInt64();
        result.EndedAt = reader.ReadInt64();
        for (int errors = reader.ReadInt32(); errors > 0; errors--)
        {
            string name = reader.ReadString();
            result.Errors[name] = reader.ReadInt64();
        }

        for (int codes = reader.ReadInt32(); codes > 0; codes--)
        {
            int code = reader.ReadInt32();
            result.Status(code, reader.ReadInt64());
        }

        result.Latency.AddSaved(reader);
        result.Uncorrected.AddSaved(reader);
        result.Connect.AddSaved(reader);
        result.FirstByte.AddSaved(reader);
        if (reader.ReadBoolean())
        {
            result.ReadWaits(reader);
        }

        return result;
    }

    private static byte[] Frame(LoadMessageKind kind, Action<BinaryWriter> fields)
    {
        using MemoryStream bytes = new();
        using BinaryWriter writer = new(bytes);
        writer.Write(0);
        writer.Write((byte)kind);
        fields(writer);
        writer.Seek(0, SeekOrigin.Begin);
        writer.Write((int)bytes.Length);
        writer.Flush();
        return bytes.ToArray();
    }
}
