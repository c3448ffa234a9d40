using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Os;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;
using static NetTools.Libc.Pcap;

namespace NetTools.PktSniff.Files;

/// <summary>Frames from a file that libpcap reads: pcap of either byte order and resolution, pcapng.</summary>
internal sealed unsafe class SavedCapture : IDisposable
{
    private readonly void* _handle;
    private readonly string _path;
    private readonly FrameFilter _filter;

    private SavedCapture(void* handle, string path, string filter)
    {
        _handle = handle;
        _path = path;
        int linkType = pcap_datalink(handle);
        Origin = new FrameOrigin(null, linkType, pcap_snapshot(handle));
        _filter = FrameFilter.Compile(filter, linkType, Origin.Snaplen);
    }

    /// <summary>The file.</summary>
    public FrameOrigin Origin { get; }

    /// <summary>Opens a file; <c>-</c> is standard input.</summary>
    /// <exception cref="OperationFailedException">It cannot be read, or libpcap does not know it.</exception>
    public static SavedCapture Open(string path, string filter)
    {
        byte* error = stackalloc byte[PCAP_ERRBUF_SIZE];
        byte* name = Utf8StringMarshaller.ConvertToUnmanaged(path);
        void* handle;
        try
        {
            handle = pcap_open_offline_with_tstamp_precision(name, PCAP_TSTAMP_PRECISION_NANO, error);
        }
        finally
        {
            Utf8StringMarshaller.Free(name);
        }

        if (handle == null)
        {
            throw new OperationFailedException($"reading {path}: {Utf8StringMarshaller.ConvertToManaged(error)}");
        }

        try
        {
            return new SavedCapture(handle, path, filter);
        }
        catch
        {
            pcap_close(handle);
            throw;
        }
    }

    /// <summary>Hands frames to the sink until it wants no more, a stop is asked for, or the file ends.</summary>
    /// <returns>Null, or what is wrong with the file from here on.</returns>
    public string? Run(IFrameSink sink, StopSignals stop)
    {
        sink.Begin(Origin);
        pcap_pkthdr* header;
        byte* data;
        bool wanted = true;
        int result = 1;
        while (wanted && !stop.Requested && (result = pcap_next_ex(_handle, &header, &data)) == 1)
        {
            CapturedFrame frame = new()
            {
                Bytes = new ReadOnlySpan<byte>(data, (int)header->caplen),
                Length = (int)header->len,
                Seconds = Since1970((long)header->ts.tv_sec),
                Nanoseconds = (uint)header->ts.tv_usec,
                Origin = Origin,
                PacketType = -1,
            };
            if (_filter.Matches(frame.Bytes, frame.Length))
            {
                wanted = sink.Take(frame);
            }
        }

        return result == -1 ? $"reading {_path}: {Utf8StringMarshaller.ConvertToManaged(pcap_geterr(_handle))}" : null;
    }

    /// <summary>A pcap file counts seconds in 32 bits without a sign, good until 2106; libpcap 1.10 reads them with one.</summary>
    private static long Since1970(long seconds) => seconds < 0 ? seconds + (1L << 32) : seconds;

    /// <inheritdoc/>
    public void Dispose()
    {
        _filter.Dispose();
        pcap_close(_handle);
    }
}
