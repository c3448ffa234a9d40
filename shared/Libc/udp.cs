namespace NetTools.Libc;

// linux/udp.h: many datagrams as one, udp(7)

public static partial class Linux
{
    /// <summary>Send: the bytes of each datagram that the payload is cut into, a ushort; Linux 4.18.</summary>
    public const int UDP_SEGMENT = 103;

    /// <summary>
    /// Receive: datagrams of one peer may come joined, with the bytes of each in a control message, an int; Linux 5.0.
    /// </summary>
    public const int UDP_GRO = 104;
}
