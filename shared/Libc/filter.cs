namespace NetTools.Libc;

// linux/filter.h, linux/bpf_common.h: classic BPF programs for SO_ATTACH_FILTER, socket(7)

public struct sock_filter
{
    public ushort code;
    public byte jt;
    public byte jf;
    public uint k;
}

public unsafe struct sock_fprog
{
    public ushort len;
    public sock_filter* filter;
}

public static unsafe partial class Linux
{
    public const int BPF_LD = 0x00;
    public const int BPF_LDX = 0x01;
    public const int BPF_ST = 0x02;
    public const int BPF_STX = 0x03;
    public const int BPF_ALU = 0x04;
    public const int BPF_JMP = 0x05;
    public const int BPF_RET = 0x06;
    public const int BPF_MISC = 0x07;
    public const int BPF_W = 0x00;
    public const int BPF_H = 0x08;
    public const int BPF_B = 0x10;
    public const int BPF_IMM = 0x00;
    public const int BPF_ABS = 0x20;
    public const int BPF_IND = 0x40;
    public const int BPF_MEM = 0x60;
    public const int BPF_LEN = 0x80;
    public const int BPF_MSH = 0xa0;
    public const int BPF_ADD = 0x00;
    public const int BPF_SUB = 0x10;
    public const int BPF_MUL = 0x20;
    public const int BPF_DIV = 0x30;
    public const int BPF_OR = 0x40;
    public const int BPF_AND = 0x50;
    public const int BPF_LSH = 0x60;
    public const int BPF_RSH = 0x70;
    public const int BPF_NEG = 0x80;
    public const int BPF_JA = 0x00;
    public const int BPF_JEQ = 0x10;
    public const int BPF_JGT = 0x20;
    public const int BPF_JGE = 0x30;
    public const int BPF_JSET = 0x40;
    public const int BPF_K = 0x00;
    public const int BPF_X = 0x08;
    public const int BPF_A = 0x10;
    public const int BPF_TAX = 0x00;
    public const int BPF_TXA = 0x80;
    public const int BPF_MAXINSNS = 4096;
    public const int SKF_AD_OFF = -0x1000;
    public const int SKF_AD_PROTOCOL = 0;
    public const int SKF_AD_PKTTYPE = 4;
    public const int SKF_AD_IFINDEX = 8;
    public const int SKF_AD_HATYPE = 28;
    public const int SKF_AD_VLAN_TAG_PRESENT = 48;

    /// <summary>One instruction without a jump.</summary>
    public static sock_filter BpfStatement(int code, uint k) => new() { code = (ushort)code, k = k };

    /// <summary>One conditional jump: instructions to skip when true, and when false.</summary>
    public static sock_filter BpfJump(int code, uint k, int jt, int jf) =>
        new() { code = (ushort)code, k = k, jt = (byte)jt, jf = (byte)jf };
}
