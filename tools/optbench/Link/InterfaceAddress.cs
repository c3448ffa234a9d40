using System.Globalization;
using System.Net;
using NetTools.Os;

namespace NetTools.OptBench.Link;

/// <summary>An address and the length of its network: 10.88.0.1/24.</summary>
internal sealed record InterfaceAddress(IPAddress Address, int Prefix)
{
    /// <summary>Reads a list separated by commas.</summary>
    /// <exception cref="OperationFailedException">Something in it is not ADDRESS/PREFIX.</exception>
    public static InterfaceAddress[] ParseList(string text) => [.. text.Split(',').Select(Parse)];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{Prefix}");

    private static InterfaceAddress Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length == 2 && IPAddress.TryParse(parts[0], out IPAddress? address)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int prefix)
            && prefix >= 1 && prefix <= address.GetAddressBytes().Length * 8)
        {
            return new(address, prefix);
        }

        throw new OperationFailedException($"'{text}' is not ADDRESS/PREFIX", "write 10.88.0.1/24 or fd88::1/64");
    }
}
