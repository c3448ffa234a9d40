using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Os;
using static NetTools.Libc.Pcap;

namespace NetTools.PktSniff.Filter;

/// <summary>A filter expression of pcap-filter(7), compiled by libpcap for one link type.</summary>
internal sealed unsafe class FrameFilter : IDisposable
{
    /// <summary>A program that lets everything through whole.</summary>
    public static readonly sock_filter[] Everything = [Linux.BpfStatement(Linux.BPF_RET | Linux.BPF_K, uint.MaxValue)];

    private bpf_program _program;

    private FrameFilter(bpf_program program) => _program = program;

    /// <summary>Compiles an expression; the empty one matches everything.</summary>
    /// <param name="expression">In the language of pcap-filter(7).</param>
    /// <param name="linkType">What the frames begin with.</param>
    /// <param name="snaplen">What the program answers for a match: bytes to keep.</param>
    /// <param name="netmask">Of the interface, in the machine's order, for <c>ip broadcast</c>.</param>
    /// <exception cref="OperationFailedException">libpcap's own message.</exception>
    public static FrameFilter Compile(string expression, int linkType, int snaplen, uint netmask = PCAP_NETMASK_UNKNOWN)
    {
        void* handle = pcap_open_dead(linkType, snaplen);
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(expression);
        try
        {
            bpf_program program;
            if (pcap_compile(handle, &program, text, 1, netmask) != 0)
            {
                string? message = Utf8StringMarshaller.ConvertToManaged(pcap_geterr(handle));
                throw new OperationFailedException($"filter '{expression}': {message}");
            }

            return new FrameFilter(program);
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
            pcap_close(handle);
        }
    }

    /// <summary>The instructions, as the kernel takes them.</summary>
    public ReadOnlySpan<sock_filter> Instructions => new(_program.bf_insns, (int)_program.bf_len);

    /// <summary>The instructions in words, one a line.</summary>
    public IEnumerable<string> Listing()
    {
        for (int i = 0; i < _program.bf_len; i++)
        {
            yield return Describe(i);
        }
    }

    private string Describe(int index) =>
        Utf8StringMarshaller.ConvertToManaged(bpf_image(&_program.bf_insns[index], index)) ?? "";

    /// <summary>Runs the program over a frame.</summary>
    public bool Matches(ReadOnlySpan<byte> captured, int length)
    {
        fixed (byte* start = captured)
        {
            return bpf_filter(_program.bf_insns, start, (uint)length, (uint)captured.Length) != 0;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        fixed (bpf_program* program = &_program)
        {
            pcap_freecode(program);
        }
    }
}
