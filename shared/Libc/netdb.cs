using System.Runtime.InteropServices;
using System.Runtime.InteropServices.Marshalling;
using Tmds.Linux;

namespace NetTools.Libc;

// getaddrinfo(3) and getnameinfo(3): name resolution from /etc/hosts and DNS, which the static C library has built in.

public unsafe struct addrinfo
{
    public int ai_flags;
    public int ai_family;
    public int ai_socktype;
    public int ai_protocol;
    public socklen_t ai_addrlen;
    public sockaddr* ai_addr;
    public byte* ai_canonname;
    public addrinfo* ai_next;
}

public static unsafe partial class Linux
{
    public const int AI_PASSIVE = 1;
    public const int AI_CANONNAME = 2;
    public const int AI_NUMERICHOST = 4;
    public const int NI_NAMEREQD = 8;
    public const int NI_MAXHOST = 1025;
    public const int EAI_AGAIN = -3;
    public const int EAI_SYSTEM = -11;

    [DllImport("libc")]
    public static extern int getaddrinfo(byte* node, byte* service, addrinfo* hints, addrinfo** res);

    [DllImport("libc")]
    public static extern void freeaddrinfo(addrinfo* res);

    [DllImport("libc")]
    public static extern int getnameinfo(
        sockaddr* sa, socklen_t salen, byte* host, socklen_t hostlen, byte* serv, socklen_t servlen, int flags);

    [DllImport("libc")]
    private static extern byte* gai_strerror(int errcode);

    /// <summary>The text for a getaddrinfo(3) error code.</summary>
    public static string GaiText(int errcode) =>
        Utf8StringMarshaller.ConvertToManaged(gai_strerror(errcode)) ?? "unknown error";
}
