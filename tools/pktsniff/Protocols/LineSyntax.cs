using System.Buffers.Text;
using System.Text;
using NetTools.PktSniff.Report;

namespace NetTools.PktSniff.Protocols;

/// <summary>How the first lines of a protocol look, and the names of what stands in them, which are tshark's.</summary>
internal sealed class LineSyntax
{
    private const int CodeDigits = 3;
    private const int ShortestLine = 3;
    private const int LongestWord = 16;

    /// <summary>HTTP/1: RFC 9112. SSDP looks the same.</summary>
    public static readonly LineSyntax Http = new()
    {
        Version = "HTTP/"u8.ToArray(),
        Commands = Split("PRI GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH PROPFIND PROPPATCH MKCOL COPY MOVE LOCK "
            + "UNLOCK REPORT M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE"),
        Command = Path("request.method"),
        Argument = Path("request.uri"),
        Protocol = Path("request.version"),
        Code = Path("response.code"),
        Phrase = Path("response.phrase"),
        Headers = [Header("Host", "host"), Header("User-Agent", "user_agent"),
            Header("Content-Type", "content_type"), Header("Server", "server")],
    };

    /// <summary>RTSP: RFC 2326.</summary>
    public static readonly LineSyntax Rtsp = new()
    {
        Version = "RTSP/"u8.ToArray(),
        Commands = Split("OPTIONS DESCRIBE ANNOUNCE GET_PARAMETER PAUSE PLAY RECORD REDIRECT SETUP SET_PARAMETER TEARDOWN"),
        Command = Path("method"),
        Argument = Path("url"),
        Code = Path("status"),
        Headers = [Header("Session", "session"),
            Header("Transport", "transport")],
    };

    /// <summary>SIP: RFC 3261.</summary>
    public static readonly LineSyntax Sip = new()
    {
        Version = "SIP/"u8.ToArray(),
        Commands = Split("INVITE ACK BYE CANCEL REGISTER OPTIONS INFO MESSAGE NOTIFY PRACK PUBLISH REFER SUBSCRIBE UPDATE"),
        Command = Path("Method"),
        Argument = Path("r-uri"),
        Code = Path("Status-Code"),
        Headers = [Header("Call-ID", "Call-ID"),
            Header("User-Agent", "User-Agent")],
    };

    /// <summary>FTP: RFC 959, RFC 2228, RFC 2428, RFC 3659.</summary>
    public static readonly LineSyntax Ftp = new()
    {
        HasCodes = true,
        Commands = Split("ABOR ACCT ADAT ALLO APPE AUTH CCC CDUP CLNT CWD DELE EPRT EPSV FEAT HELP LANG LIST MDTM MKD MLSD "
            + "MLST MODE NLST NOOP OPTS PASS PASV PBSZ PORT PROT PWD QUIT REIN REST RETR RMD RNFR RNTO SITE SIZE "
            + "SMNT STAT STOR STOU STRU SYST TYPE USER XCWD XMKD XPWD XRMD"),
        Command = Path("request.command"),
        Argument = Path("request.arg"),
        Code = Path("response.code"),
        Phrase = Path("response.arg"),
    };

    /// <summary>SMTP: RFC 5321 and its extensions.</summary>
    public static readonly LineSyntax Smtp = new()
    {
        HasCodes = true,
        Commands = Split("AUTH BDAT DATA EHLO EXPN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY"),
        Command = Path("req.command"),
        Argument = Path("req.parameter"),
        Code = Path("response.code"),
        Phrase = Path("rsp.parameter"),
    };

    /// <summary>POP3: RFC 1939, RFC 2449, RFC 2595.</summary>
    public static readonly LineSyntax Pop = new()
    {
        Marks = Split("+OK -ERR"),
        Commands = Split("APOP AUTH CAPA DELE LIST NOOP PASS QUIT RETR RSET STAT STLS TOP UIDL USER"),
        Command = Path("request.command"),
        Argument = Path("request.parameter"),
        Code = Path("response.indicator"),
        Phrase = Path("response.description"),
    };

    /// <summary>IMAP: RFC 9051. A tag stands before a command and before its result.</summary>
    public static readonly LineSyntax Imap = new()
    {
        HasTags = true,
        Marks = Split("OK NO BAD BYE PREAUTH CAPABILITY LIST LSUB STATUS SEARCH FLAGS ENABLED"),
        Commands = Split("APPEND AUTHENTICATE CAPABILITY CHECK CLOSE COPY CREATE DELETE ENABLE EXAMINE EXPUNGE FETCH ID IDLE "
            + "LIST LOGIN LOGOUT LSUB MOVE NAMESPACE NOOP RENAME SEARCH SELECT STARTTLS STATUS STORE SUBSCRIBE UID "
            + "UNSELECT UNSUBSCRIBE"),
        Tag = Path("tag"),
        Command = Path("request.command"),
        Argument = Path("request.parameter"),
        Code = Path("response.status"),
        Phrase = Path("response.text"),
    };

    /// <summary>SSH's first line: RFC 4253 4.2.</summary>
    public static readonly LineSyntax Ssh = new() { Version = "SSH-"u8.ToArray(), Whole = Path("protocol") };

    /// <summary>Headers that are fields: the name on the wire, the name of the field.</summary>
    public (byte[] Typed, byte[] Field)[] Headers { get; private init; } = [];

    /// <summary>Names of the fields there can be.</summary>
    public string[] FieldNames =>
    [
        .. new[] { Whole, Tag, Command, Argument, Protocol, Code, Phrase }.OfType<FieldPath>().Select(path => path.Text),
        .. Headers.Select(header => Encoding.ASCII.GetString(header.Field)),
        .. Whole is null ? ["continuation"] : Array.Empty<string>(),
    ];

    /// <summary>What a result begins with and a request ends with, such as <c>HTTP/</c>.</summary>
    private byte[] Version { get; init; } = [];

    /// <summary>Results begin with three digits.</summary>
    private bool HasCodes { get; init; }

    /// <summary>A word of the client's stands before commands and results.</summary>
    private bool HasTags { get; init; }

    /// <summary>Other words that results begin with.</summary>
    private byte[][] Marks { get; init; } = [];

    private byte[][] Commands { get; init; } = [];

    private FieldPath? Whole { get; init; }

    private FieldPath? Tag { get; init; }

    private FieldPath? Command { get; init; }

    private FieldPath? Argument { get; init; }

    private FieldPath? Protocol { get; init; }

    private FieldPath? Code { get; init; }

    private FieldPath? Phrase { get; init; }

    /// <summary>Whether a payload begins with a line of the protocol.</summary>
    public bool Recognizes(ReadOnlySpan<byte> message)
    {
        if (message.Length < ShortestLine)
        {
            return false;
        }

        if (StartsWithVersion(message) || IsCode(message))
        {
            return true;
        }

        if (HasTags)
        {
            ReadOnlySpan<byte> tag = NextWord(ref message);
            if (tag.IsEmpty || message.IsEmpty || !(tag[0] is (byte)'*' or (byte)'+' || char.IsAsciiLetterOrDigit((char)tag[0])))
            {
                return false;
            }

            if (tag[0] is (byte)'+' or (byte)'*' && (tag.Length > 1 || tag[0] == '+' || char.IsAsciiDigit((char)message[0])))
            {
                return tag.Length == 1;
            }
        }

        ReadOnlySpan<byte> word = NextWord(ref message);
        return !word.IsEmpty && (Contains(Marks, word) || (Contains(Commands, word) && EndsWithVersion(message)));
    }

    /// <summary>Writes what a line that was recognized holds.</summary>
    public void Write(FieldWriter fields, ReadOnlySpan<byte> line)
    {
        byte[] group = [];
        Put(fields, ref group, Whole, line);
        bool isFromServer = HasTags && (line[0] is (byte)'*' or (byte)'+');
        if (HasTags)
        {
            Put(fields, ref group, Tag, NextWord(ref line));
        }

        if (StartsWithVersion(line))
        {
            NextWord(ref line);
            Put(fields, ref group, Code, NextWord(ref line));
            Put(fields, ref group, Phrase, line);
        }
        else if (IsCode(line))
        {
            Put(fields, ref group, Code, line[..CodeDigits]);
            Put(fields, ref group, Phrase, line[Math.Min(CodeDigits + 1, line.Length)..]);
        }
        else if (Command is not null)
        {
            ReadOnlySpan<byte> word = NextWord(ref line);
            bool isResult = isFromServer || Contains(Marks, word);
            int version = Version.Length == 0 ? -1 : line.LastIndexOf((byte)' ');
            Put(fields, ref group, isResult ? Code : Command, word);
            Put(fields, ref group, isResult ? Phrase : Argument, version < 0 ? line : line[..version]);
            Put(fields, ref group, Protocol, version < 0 ? default : line[(version + 1)..]);
        }

        if (group.Length > 0)
        {
            fields.End();
        }
    }

    /// <summary>
    /// Writes a field, in the object it belongs to; <paramref name="group"/> is the name of the one that is open.
    /// </summary>
    private static void Put(FieldWriter fields, ref byte[] group, FieldPath? path, ReadOnlySpan<byte> value)
    {
        if (path is null || value.IsEmpty)
        {
            return;
        }

        if (!group.AsSpan().SequenceEqual(path.Group))
        {
            if (group.Length > 0)
            {
                fields.End();
            }

            if (path.Group.Length > 0)
            {
                fields.Begin(path.Group);
            }

            group = path.Group;
        }

        if (path.IsNumber && Utf8Parser.TryParse(value, out int number, out int used) && used == value.Length)
        {
            fields.Number(path.Name, number);
        }
        else
        {
            fields.Wire(path.Name, value);
        }
    }

    private bool StartsWithVersion(ReadOnlySpan<byte> message) => Version.Length > 0 && message.StartsWith(Version);

    private bool IsCode(ReadOnlySpan<byte> message) => HasCodes && message.Length > CodeDigits
        && message[..CodeDigits].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && message[CodeDigits] is (byte)' ' or (byte)'-';

    /// <summary>Whether the line, where all of it is here, ends with the version that belongs there.</summary>
    private bool EndsWithVersion(ReadOnlySpan<byte> rest)
    {
        if (Version.Length == 0)
        {
            return true;
        }

        int end = rest.IndexOfAny((byte)'\r', (byte)'\n');
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        int version = line.LastIndexOf((byte)' ');
        return (end < 0 && !line.IsEmpty) || (version >= 0 && line[(version + 1)..].StartsWith(Version));
    }

    private static bool Contains(byte[][] words, ReadOnlySpan<byte> word)
    {
        foreach (byte[] one in words)
        {
            if (one.Length == word.Length && Ascii.EqualsIgnoreCase(one, word))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes the next word and the blank behind it; empty when no word of a usual length stands there.</summary>
    private static ReadOnlySpan<byte> NextWord(ref ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> start = line[..Math.Min(line.Length, LongestWord + 1)];
        int end = start.IndexOfAny((byte)' ', (byte)'\r', (byte)'\n');
        if (end < 0)
        {
            end = line.Length <= LongestWord ? line.Length : 0;
        }

        ReadOnlySpan<byte> word = line[..end];
        line = line[Math.Min(end < line.Length && line[end] == ' ' ? end + 1 : end, line.Length)..];
        return word;
    }

    private static (byte[] Typed, byte[] Field) Header(string typed, string field) =>
        (Encoding.ASCII.GetBytes(typed), Encoding.ASCII.GetBytes(field));

    private static byte[][] Split(string words) => [.. words.Split(' ').Select(Encoding.ASCII.GetBytes)];

    private static FieldPath Path(string text) => new(text);

    /// <summary>The name of a field, and of the object around it where there is one.</summary>
    private sealed class FieldPath(string text)
    {
        public string Text => text;

        public byte[] Group { get; } = Encoding.ASCII.GetBytes(text.Contains('.') ? text[..text.IndexOf('.')] : "");

        public byte[] Name { get; } = Encoding.ASCII.GetBytes(text[(text.IndexOf('.') + 1)..]);

        /// <summary>The results of most protocols are numbers.</summary>
        public bool IsNumber { get; } = text.EndsWith("code", StringComparison.OrdinalIgnoreCase) || text == "status";
    }
}
