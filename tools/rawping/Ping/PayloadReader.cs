using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.RawPing.Ping;

/// <summary>
/// Reads <c>--payload</c>: 0x and hexadecimal digits, repeated over the data; or a file, whose bytes are the data.
/// </summary>
internal static class PayloadReader
{
    /// <param name="text">What the user wrote.</param>
    /// <param name="size">The bytes of data asked for with -s, or null.</param>
    /// <param name="largest">The most that fits a packet.</param>
    /// <returns>The data, all of it.</returns>
    public static byte[] Read(string text, int? size, int largest)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            string hex = text[2..];
            if (hex.Length == 0 || hex.Length % 2 != 0 || !hex.All(char.IsAsciiHexDigit))
            {
                throw new OperationFailedException(
                    "--payload: after 0x come pairs of hexadecimal digits, or it is a file", "as in --payload 0xdeadbeef");
            }

            byte[] pattern = Convert.FromHexString(hex);
            byte[] data = new byte[Math.Min(size ?? pattern.Length, largest)];
            for (int i = 0; i < data.Length; i++)
            {
                data[i] = pattern[i % pattern.Length];
            }

            return data;
        }

        return ReadFile(text, size, largest);
    }

    // The length of the file does not decide: it may be a pipe, or /dev/zero.
    private static byte[] ReadFile(string path, int? size, int largest)
    {
        using UserBytes file = new(path);
        byte[] data = new byte[(size ?? largest) + 1];
        int length = file.Read(data);
        if (length > largest && size is null)
        {
            throw new OperationFailedException(
                $"--payload: {path} has more than {Figures.PlainCount(largest, "byte")}", "use -s to take the beginning");
        }

        return data[..Math.Min(length, size ?? length)];
    }
}
