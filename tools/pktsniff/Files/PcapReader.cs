using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Os;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Protocols;
using static NetTools.Libc.Pcap;

namespace NetTools.PktSniff.Files;

/// <summary>
/// Reads pcap files, and what else libpcap knows, of either byte order and resolution; libpcap reads, from our bytes.
/// </summary>
internal sealed unsafe class PcapReader : CaptureReader
{
    private readonly ByteSource _source;
    private GCHandle _self;
    private void* _handle;
    private OperationFailedException? _failure;
    private bool _described;

    /// <summary>Reads the file's header.</summary>
    /// <exception cref="OperationFailedException">libpcap does not know the file.</exception>
    public PcapReader(ByteSource source)
    {
        _source = source;
        _self = GCHandle.Alloc(this);
        byte* error = stackalloc byte[PCAP_ERRBUF_SIZE];
        fixed (byte* mode = "r\0"u8)
        {
            cookie_io_functions_t functions = new() { read = &Read };
            void* file = Linux.fopencookie((void*)GCHandle.ToIntPtr(_self), mode, functions);
            if (file != null)
            {
                _handle = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, error);
            }
        }

        if (_handle == null)
        {
            _self.Free();
            throw _failure ?? new OperationFailedException(Utf8StringMarshaller.ConvertToManaged(error) ?? "not a capture file");
        }

        Origin = new FrameOrigin(null, pcap_datalink(_handle), pcap_snapshot(_handle)) { KnowsDirection = false };
    }

    /// <inheritdoc/>
    public override SavedItem Next(ref CapturedFrame frame)
    {
        if (!_described)
        {
            _described = true;
            return SavedItem.Interface;
        }

        pcap_pkthdr* header;
        byte* data;
        int result = pcap_next_ex(_handle, &header, &data);
        if (result != 1)
        {
            return result != -1 ? SavedItem.End
                : throw _failure ?? new OperationFailedException(
                    Utf8StringMarshaller.ConvertToManaged(pcap_geterr(_handle)) ?? "cannot be read");
        }

        long nanoseconds = Unsigned((long)header->ts.tv_usec);
        frame = new CapturedFrame
        {
            Bytes = new ReadOnlySpan<byte>(data, (int)header->caplen),
            Length = header->len,
            Seconds = Since1970((long)header->ts.tv_sec) + nanoseconds / TimeUnits.Second,
            Nanoseconds = (uint)(nanoseconds % TimeUnits.Second),
            Origin = Origin,
        };
        frame.PacketType = Cooked.PacketType(frame.Bytes, Origin.LinkType);
        return SavedItem.Frame;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_handle != null)
        {
            pcap_close(_handle);
            _handle = null;
            _self.Free();
        }

        _source.Dispose();
    }

    /// <summary>
    /// A pcap file counts seconds in 32 bits without a sign, good until 2106; libpcap 1.10 reads them with one.
    /// </summary>
    private static long Since1970(long seconds) => seconds < 0 ? seconds + (1L << 32) : seconds;

    /// <summary>
    /// A fraction has no sign either, and may be a second or more: libpcap gives it in nanoseconds, 1000 times a field in
    /// microseconds.
    /// </summary>
    private static long Unsigned(long fraction) =>
        fraction >= 0 ? fraction : fraction + ((fraction < int.MinValue ? 1000L : 1L) << 32);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static nint Read(void* cookie, byte* room, nuint size)
    {
        var reader = (PcapReader)GCHandle.FromIntPtr((nint)cookie).Target!;
        try
        {
            return reader._source.Read(new Span<byte>(room, (int)Math.Min(size, int.MaxValue)));
        }
        catch (OperationFailedException e)
        {
            reader._failure = e; // no exception may pass through libpcap
            return -1;
        }
    }
}
