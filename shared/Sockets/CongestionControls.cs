namespace NetTools.Sockets;

/// <summary>The congestion controls of this kernel, tcp(7).</summary>
public static class CongestionControls
{
    private const string Source = "/proc/sys/net/ipv4/tcp_available_congestion_control";

    /// <summary>
    /// The names of those that are loaded; empty where /proc does not show them. A program with CAP_NET_ADMIN that sets any other
    /// name makes the kernel load a module, so names from elsewhere are checked against this list first.
    /// </summary>
    public static string[] ReadAvailable()
    {
        try
        {
            return File.ReadAllText(Source).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
