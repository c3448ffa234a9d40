using NetTools.Libc;

namespace NetTools.RawPing;

/// <summary>The IPv4 options that ask routers to sign: record route and timestamp, RFC 791 3.1.</summary>
internal static class IpOptionsWriter
{
    public const byte NoOperation = 1;
    public const byte RecordRoute = 7;
    public const byte Timestamp = 68;

    /// <summary>The option bytes, whole words; empty for none.</summary>
    /// <param name="recordRoute">Room for nine addresses.</param>
    /// <param name="timestamp"><c>tsonly</c>: nine times; <c>tsandaddr</c>: four addresses and times; null: none.</param>
    public static byte[] Write(bool recordRoute, string? timestamp)
    {
        if (recordRoute && timestamp is not null)
        {
            throw new OperationFailedException("-R and -T exclude each other: the header has room for one");
        }

        if (recordRoute)
        {
            return [NoOperation, RecordRoute, 39, 4, .. new byte[36]];
        }

        return timestamp switch
        {
            null => [],
            "tsonly" => [Timestamp, 40, 5, 0, .. new byte[36]],
            "tsandaddr" => [Timestamp, 36, 5, 1, .. new byte[32]],
            _ => throw new OperationFailedException("-T: say tsonly or tsandaddr"),
        };
    }
}
