using NetTools.Packets;
using NetTools.PktSniff.Capture;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>
/// Sun's remote procedure calls, those of NFS by name: RFC 5531, RFC 1813, RFC 7530. Over TCP behind a record mark.
/// </summary>
internal sealed class Rpc() : PayloadProtocol("RPC", "rpc", "lastfrag", "fraglen", "xid", "msgtyp", "version", "program",
    "programversion", "procedure", "replystat", "state_accept")
{
    private const int HeaderLength = 12;
    private const int Call = 0;
    private const int Reply = 1;
    private const int Version = 2;
    private const int Nfs = 100003;
    private const int LongestAuthentication = 400;

    /// <inheritdoc/>
    protected override bool Recognizes(ReadOnlySpan<byte> message, scoped in DecodedFrame frame) =>
        TryRead(message, frame, out _, out _);

    /// <inheritdoc/>
    protected override void Describe(LineBuffer line, ReadOnlySpan<byte> message, scoped in DecodedFrame frame, TextStyle style)
    {
        TryRead(message, frame, out _, out RpcHeader header);
        line.Text(header.Type == Call ? " call xid "u8 : " reply xid "u8).Number(header.Id);
        if (header.Type == Reply)
        {
            line.Text(header.Status == 0 ? " accepted"u8 : " denied"u8);
            if (header.Status == 0)
            {
                ReadOnlySpan<byte> name = AcceptName(header.Accept);
                line.Text(name.IsEmpty ? default : ", "u8).Text(name);
            }

            return;
        }

        ReadOnlySpan<byte> program = ProgramName(header.Program);
        line.Text(program.IsEmpty ? ", program "u8 : ", "u8).Text(program);
        if (program.IsEmpty)
        {
            line.Number(header.Program);
        }

        ReadOnlySpan<byte> procedure = header.Program == Nfs ? ProcedureName(header.ProgramVersion, header.Procedure) : default;
        line.Text(" v"u8).Number(header.ProgramVersion).Text(procedure.IsEmpty ? " procedure "u8 : " "u8).Text(procedure);
        if (procedure.IsEmpty)
        {
            line.Number(header.Procedure);
        }
    }

    /// <inheritdoc/>
    protected override void Write(FieldWriter fields, ReadOnlySpan<byte> message, scoped in DecodedFrame frame)
    {
        TryRead(message, frame, out long mark, out RpcHeader header);
        if (mark >= 0)
        {
            fields.Flag("lastfrag"u8, (mark & 0x8000_0000) != 0);
            fields.Number("fraglen"u8, mark & 0x7fff_ffff);
        }

        fields.Number("xid"u8, header.Id);
        fields.Number("msgtyp"u8, header.Type);
        if (header.Type == Call)
        {
            fields.Number("version"u8, Version);
            fields.Number("program"u8, header.Program);
            fields.Number("programversion"u8, header.ProgramVersion);
            fields.Number("procedure"u8, header.Procedure);
            return;
        }

        fields.Number("replystat"u8, header.Status);
        if (header.Status == 0 && header.Accept >= 0)
        {
            fields.Number("state_accept"u8, header.Accept);
        }
    }

    /// <summary>Reads the header, behind the record mark when the message is one of TCP.</summary>
    private static bool TryRead(ReadOnlySpan<byte> message, scoped in DecodedFrame frame, out long mark, out RpcHeader header)
    {
        header = default;
        mark = -1;
        ByteReader reader = new(message);
        if (frame.Has(FrameLayers.Tcp))
        {
            mark = reader.U32();
        }

        if (!reader.Has(HeaderLength))
        {
            return false;
        }

        header.Id = reader.U32();
        header.Type = reader.U32();
        if (header.Type == Call)
        {
            uint version = reader.U32();
            header.Program = reader.U32();
            header.ProgramVersion = reader.U32();
            header.Procedure = reader.U32();
            return version == Version && !reader.IsCut;
        }

        header.Status = reader.U32();
        header.Accept = -1;
        if (header.Status == 0 && reader.Has(8))
        {
            reader.U32();
            uint length = reader.U32();
            reader.Take(length);
            header.Accept = reader.Has(4) && length <= LongestAuthentication ? reader.U32() : -1;
        }

        return header.Type == Reply && header.Status <= 1 && (mark < 0 || (mark & 0x7fff_ffff) >= HeaderLength);
    }

    private static ReadOnlySpan<byte> ProgramName(uint program) => program switch
    {
        100000 => "portmap"u8,
        100001 => "rstat"u8,
        Nfs => "NFS"u8,
        100004 => "ypserv"u8,
        100005 => "mount"u8,
        100007 => "ypbind"u8,
        100011 => "rquota"u8,
        100021 => "nlockmgr"u8,
        100024 => "status"u8,
        100227 => "nfsacl"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> AcceptName(long accept) => accept switch
    {
        0 => "success"u8,
        1 => "program unavailable"u8,
        2 => "program version mismatch"u8,
        3 => "procedure unavailable"u8,
        4 => "garbage arguments"u8,
        5 => "system error"u8,
        _ => default,
    };

    private static ReadOnlySpan<byte> ProcedureName(uint version, uint procedure) => (version, procedure) switch
    {
        (_, 0) => "null"u8,
        (4, 1) => "compound"u8,
        (3, 1) or (2, 1) => "getattr"u8,
        (3, 2) or (2, 2) => "setattr"u8,
        (3, 3) or (2, 4) => "lookup"u8,
        (3, 4) => "access"u8,
        (3, 5) or (2, 5) => "readlink"u8,
        (3, 6) or (2, 6) => "read"u8,
        (3, 7) or (2, 8) => "write"u8,
        (3, 8) or (2, 9) => "create"u8,
        (3, 9) or (2, 14) => "mkdir"u8,
        (3, 10) or (2, 13) => "symlink"u8,
        (3, 11) => "mknod"u8,
        (3, 12) or (2, 10) => "remove"u8,
        (3, 13) or (2, 15) => "rmdir"u8,
        (3, 14) or (2, 11) => "rename"u8,
        (3, 15) or (2, 12) => "link"u8,
        (3, 16) or (2, 16) => "readdir"u8,
        (3, 17) => "readdirplus"u8,
        (3, 18) => "fsstat"u8,
        (2, 17) => "statfs"u8,
        (3, 19) => "fsinfo"u8,
        (3, 20) => "pathconf"u8,
        (3, 21) => "commit"u8,
        _ => default,
    };

    private struct RpcHeader
    {
        public uint Id;
        public uint Type;
        public uint Program;
        public uint ProgramVersion;
        public uint Procedure;
        public uint Status;
        public long Accept;
    }
}
