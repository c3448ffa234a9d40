using NetTools.Os;

namespace NetTools.RawPing.Ping;

/// <summary>Reads <c>-p</c>: up to 16 bytes in hexadecimal.</summary>
internal static class PatternReader
{
    public static byte[] Read(string hex)
    {
        bool good = hex.Length is >= 1 and <= 32 && hex.All(char.IsAsciiHexDigit);
        // as ping: an odd digit is a byte of its own
        return good ? Convert.FromHexString(hex.Length % 2 == 0 ? hex : $"{hex[..^1]}0{hex[^1]}")
            : throw new OperationFailedException("-p: the pattern is 1 to 32 hexadecimal digits", "as in -p ff00");
    }
}
