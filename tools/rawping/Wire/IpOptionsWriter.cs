using System.Buffers;
using System.Net;
using NetTools.Os;

namespace NetTools.RawPing.Wire;

/// <summary>The IPv4 options that ask routers to sign: record route and timestamp, RFC 791 3.1.</summary>
internal static class IpOptionsWriter
{
    public const byte NoOperation = 1;
    public const byte RecordRoute = 7;
    public const byte Timestamp = 68;

    private const int Most = 40;

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdefABCDEF");

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

    /// <summary>Reads <c>--options</c>: a comma-separated list.</summary>
    /// <param name="text">
    /// <c>rr</c>, <c>tsonly</c>, <c>tsandaddr</c>, <c>tsprespec=ADDR/ADDR...</c> (only those four sign), <c>nop</c>, or 0x and
    /// the
    /// option's bytes in hexadecimal.
    /// </param>
    /// <returns>Whole words, padded with end-of-options; at most 40 bytes.</returns>
    public static byte[] Read(string text)
    {
        List<byte> options = [];
        foreach (string word in text.Split(','))
        {
            options.AddRange(ReadOne(word));
        }

        while (options.Count % 4 != 0)
        {
            options.Add(0);
        }

        return options.Count <= Most ? [.. options]
            : throw new OperationFailedException("--options: an IPv4 header has room for 40 bytes of options");
    }

    private static byte[] ReadOne(string word)
    {
        const string prespecified = "tsprespec=";
        if (word.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && word.Length % 2 == 0 && word.Length > 2
            && word.AsSpan(2).IndexOfAnyExcept(s_hex) < 0)
        {
            return Convert.FromHexString(word.AsSpan(2));
        }

        if (word.StartsWith(prespecified, StringComparison.Ordinal))
        {
            return Prespecified(word[prespecified.Length..].Split('/'));
        }

        return word switch
        {
            "rr" => [RecordRoute, 39, 4, .. new byte[36]],
            "tsonly" or "tsandaddr" => Write(recordRoute: false, word),
            "nop" => [NoOperation],
            _ => throw new OperationFailedException(
                $"--options: '{word}' is none of rr, tsonly, tsandaddr, tsprespec=ADDR/ADDR, nop, 0xHEX"),
        };
    }

    private static byte[] Prespecified(string[] addresses)
    {
        List<byte> option = [Timestamp, (byte)(4 + 8 * addresses.Length), 5, 3];
        foreach (string text in addresses)
        {
            if (addresses.Length > 4 || !IPAddress.TryParse(text, out IPAddress? address)
                || address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetwork)
            {
                throw new OperationFailedException(
                    "--options: tsprespec takes one to four IPv4 addresses", "as in tsprespec=10.0.0.1/10.0.0.2");
            }

            option.AddRange([.. address.GetAddressBytes(), 0, 0, 0, 0]);
        }

        return [.. option];
    }
}
