using System.Globalization;
using NetTools.Os;
using NetTools.Packets;

namespace NetTools.PktSniff.Inject;

/// <summary>A frame written as hex digits.</summary>
internal static class HexFrame
{
    private const int Largest = 65535;

    /// <summary>Reads the digits; blanks, colons and hyphens between bytes are ignored.</summary>
    /// <exception cref="OperationFailedException">It is not hexadecimal, or not as long as a frame.</exception>
    public static byte[] Parse(string text)
    {
        List<byte> bytes = [];
        int high = -1;
        foreach (char c in text)
        {
            if (char.IsAsciiHexDigit(c))
            {
                int digit = int.Parse([c], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                if (high >= 0)
                {
                    bytes.Add((byte)(high << 4 | digit));
                }

                high = high < 0 ? digit : -1;
            }
            else if (high >= 0 || (!char.IsWhiteSpace(c) && c is not (':' or '-')))
            {
                throw new OperationFailedException($"--hex: '{c}' is not the digit of a byte");
            }
        }

        return high >= 0 ? throw new OperationFailedException("--hex: half a byte at the end")
            : bytes.Count is >= EthernetHeader.Length and <= Largest ? [.. bytes]
            : throw new OperationFailedException(
                $"--hex: {bytes.Count} bytes is not a valid frame length", $"{EthernetHeader.Length} to {Largest}");
    }
}
