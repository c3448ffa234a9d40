using System.Globalization;
using System.Runtime.InteropServices.Marshalling;
using NetTools.Libc;
using NetTools.Os;
using NetTools.PktSniff.Link;
using static NetTools.Libc.Pcap;

namespace NetTools.PktSniff.Filter;

/// <summary>How a compiled filter is printed: tcpdump's -d, -dd and -ddd.</summary>
internal enum ListingStyle
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>In words.</summary>
    Words,

    /// <summary>As the elements of an array of C.</summary>
    C,

    /// <summary>As decimal numbers, their count first: what <c>iptables -m bpf</c> takes.</summary>
    Numbers,
}

/// <summary>A filter expression of pcap-filter(7), compiled by libpcap for one link type.</summary>
internal sealed unsafe class FrameFilter : IDisposable
{
    /// <summary>A program that lets everything through whole.</summary>
    public static readonly sock_filter[] Everything = [Linux.BpfStatement(Linux.BPF_RET | Linux.BPF_K, uint.MaxValue)];

    private readonly FilterExpression _expression;
    private readonly sock_filter[]? _outgoing;
    private readonly sock_filter[]? _incoming;
    private bpf_program _program;

    private FrameFilter(bpf_program program, FilterExpression expression)
    {
        _program = program;
        _expression = expression;
        if (Array.Exists(Instructions.ToArray(), IsDirection))
        {
            _outgoing = With(Tmds.Linux.LibC.PACKET_OUTGOING);
            _incoming = With(Tmds.Linux.LibC.PACKET_HOST);
        }
    }

    /// <summary>True for <c>inbound</c> and <c>outbound</c> where the link's header does not hold the answer.</summary>
    public bool AsksDirection => _outgoing is not null;

    /// <summary>Compiles an expression; the empty one matches everything.</summary>
    /// <param name="expression">In the language of pcap-filter(7).</param>
    /// <param name="linkType">What the frames begin with.</param>
    /// <param name="snaplen">What the program answers for a match: bytes to keep.</param>
    /// <param name="netmask">Of the interface, in the machine's order, for <c>ip broadcast</c>.</param>
    /// <exception cref="OperationFailedException">libpcap's own message; without the text of a file.</exception>
    public static FrameFilter Compile(FilterExpression expression, int linkType, int snaplen, uint netmask = PCAP_NETMASK_UNKNOWN)
    {
        void* handle = pcap_open_dead(linkType, snaplen);
        byte* text = Utf8StringMarshaller.ConvertToUnmanaged(expression.Text);
        try
        {
            bpf_program program;
            if (pcap_compile(handle, &program, text, expression.IsOptimized ? 1 : 0, netmask) != 0)
            {
                // Of some link types libpcap does not even compile the empty filter.
                return expression.IsEmpty ? new FrameFilter(default, expression)
                    : throw expression.Refused(Utf8StringMarshaller.ConvertToManaged(pcap_geterr(handle)) ?? "");
            }

            return new FrameFilter(program, expression);
        }
        finally
        {
            Utf8StringMarshaller.Free(text);
            pcap_close(handle);
        }
    }

    /// <summary>The error of a filter that asks for the direction of frames whose direction is not known.</summary>
    public OperationFailedException DirectionUnknown() =>
        _expression.Refused("inbound and outbound are not known of this file's frames");

    /// <summary>The instructions, as the kernel takes them.</summary>
    public ReadOnlySpan<sock_filter> Instructions =>
        _program.bf_insns == null ? Everything : new ReadOnlySpan<sock_filter>(_program.bf_insns, (int)_program.bf_len);

    /// <summary>The instructions, one a line.</summary>
    public IEnumerable<string> Listing(ListingStyle style)
    {
        if (style == ListingStyle.Numbers)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{Instructions.Length}");
        }

        for (int i = 0; i < Instructions.Length; i++)
        {
            sock_filter one = Instructions[i];
            yield return style switch
            {
                ListingStyle.C => string.Create(CultureInfo.InvariantCulture,
                    $"{{ 0x{one.code:x}, {one.jt}, {one.jf}, 0x{one.k:x8} }},"),
                ListingStyle.Numbers => string.Create(CultureInfo.InvariantCulture, $"{one.code} {one.jt} {one.jf} {one.k}"),
                _ => Describe(i),
            };
        }
    }

    private string Describe(int index)
    {
        fixed (sock_filter* instruction = &Instructions[index])
        {
            return Utf8StringMarshaller.ConvertToManaged(bpf_image(instruction, index)) ?? "";
        }
    }

    /// <summary>Runs the program over a frame.</summary>
    /// <exception cref="OperationFailedException">It asks for the direction, which is not known of this frame.</exception>
    public bool Matches(scoped in CapturedFrame frame)
    {
        if (_program.bf_insns == null)
        {
            return true;
        }

        sock_filter[]? directed = _outgoing is null ? null
            : frame.PacketType < 0 ? throw DirectionUnknown()
            : frame.PacketType == Tmds.Linux.LibC.PACKET_OUTGOING ? _outgoing : _incoming;
        fixed (byte* start = frame.Bytes)
        fixed (sock_filter* program = directed)
        {
            return bpf_filter(program == null ? _program.bf_insns : program, start, (uint)frame.Length, (uint)frame.Bytes.Length)
                != 0;
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

    private static bool IsDirection(sock_filter instruction) =>
        (instruction.code & ~0x18) == (Linux.BPF_LD | Linux.BPF_ABS) // a load of any size
        && instruction.k == unchecked((uint)(Linux.SKF_AD_OFF + Linux.SKF_AD_PKTTYPE));

    /// <summary>The program for frames of one direction: what it would ask the kernel is filled in.</summary>
    private sock_filter[] With(int packetType)
    {
        sock_filter[] program = Instructions.ToArray();
        foreach (ref sock_filter instruction in program.AsSpan())
        {
            if (IsDirection(instruction))
            {
                instruction = Linux.BpfStatement(Linux.BPF_LD | Linux.BPF_IMM, (uint)packetType);
            }
        }

        return program;
    }
}
