using System.Runtime.InteropServices;

namespace NetTools.Libc;

// pcap/pcap.h, pcap/bpf.h: libpcap's filter compiler and its file reader, pcap(3PCAP)

public unsafe struct bpf_program
{
    public uint bf_len;
    public sock_filter* bf_insns; // libpcap's struct bpf_insn is the kernel's sock_filter
}

public struct pcap_pkthdr
{
    public timeval ts;
    public uint caplen;
    public uint len;
}

/// <summary>libpcap, linked into the tool that uses it; under the just-in-time compiler the shared library is loaded.</summary>
public static unsafe class Pcap
{
    private const string Library = "libpcap.so.0.8";

    public const int PCAP_ERRBUF_SIZE = 256;
    public const uint PCAP_NETMASK_UNKNOWN = 0xffffffff;
    public const uint PCAP_TSTAMP_PRECISION_NANO = 1;
    public const int DLT_NULL = 0;
    public const int DLT_EN10MB = 1;
    public const int DLT_RAW = 12;
    public const int DLT_LOOP = 108;
    public const int DLT_LINUX_SLL = 113;
    public const int DLT_IPV4 = 228;
    public const int DLT_IPV6 = 229;
    public const int DLT_LINUX_SLL2 = 276;

    [DllImport(Library)]
    public static extern void* pcap_open_dead(int linktype, int snaplen);

    [DllImport(Library)]
    public static extern void* pcap_open_offline_with_tstamp_precision(byte* fname, uint precision, byte* errbuf);

    [DllImport(Library)]
    public static extern void* pcap_fopen_offline_with_tstamp_precision(void* fp, uint precision, byte* errbuf);

    [DllImport(Library)]
    public static extern int pcap_datalink_name_to_val(byte* name);

    [DllImport(Library)]
    public static extern byte* pcap_datalink_val_to_name(int dlt);

    [DllImport(Library)]
    public static extern byte* pcap_datalink_val_to_description(int dlt);

    [DllImport(Library)]
    public static extern int pcap_next_ex(void* p, pcap_pkthdr** header, byte** data);

    [DllImport(Library)]
    public static extern int pcap_datalink(void* p);

    [DllImport(Library)]
    public static extern int pcap_snapshot(void* p);

    [DllImport(Library)]
    public static extern byte* pcap_geterr(void* p);

    [DllImport(Library)]
    public static extern void pcap_close(void* p);

    [DllImport(Library)]
    public static extern int pcap_compile(void* p, bpf_program* fp, byte* str, int optimize, uint netmask);

    [DllImport(Library)]
    public static extern void pcap_freecode(bpf_program* fp);

    [DllImport(Library)]
    public static extern uint bpf_filter(sock_filter* pc, byte* p, uint wirelen, uint buflen);

    [DllImport(Library)]
    public static extern byte* bpf_image(sock_filter* p, int n);
}
