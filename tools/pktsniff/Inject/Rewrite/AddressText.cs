using System.Globalization;
using System.Net;
using System.Net.Sockets;
using NetTools.Os;

namespace NetTools.PktSniff.Inject.Rewrite;

/// <summary>Addresses as the command line has them.</summary>
internal static class AddressText
{
    private const int MacLength = 6;

    /// <summary>Reads <c>02:00:00:00:00:0a</c>, or with hyphens.</summary>
    /// <exception cref="OperationFailedException">It is none.</exception>
    public static byte[] ReadMac(string text, string option)
    {
        string[] parts = text.Split(text.Contains('-') ? '-' : ':');
        byte[] address = new byte[MacLength];
        bool good = parts.Length == MacLength;
        for (int i = 0; i < MacLength && good; i++)
        {
            good = parts[i].Length is 1 or 2
                && byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out address[i]);
        }

        return good ? address : throw new OperationFailedException(
            $"{option}: '{text}' is not a hardware address", "such as 02:00:00:00:00:0a");
    }

    /// <summary>Reads <c>10.0.0.1</c>, <c>10.0.0.0/8</c>, <c>2001:db8::/32</c>.</summary>
    /// <exception cref="OperationFailedException">It is none.</exception>
    public static AddressPrefix ReadPrefix(string text, string option)
    {
        string[] parts = text.Split('/', 2);
        // The framework takes 10.1 and 0x0a000001 for addresses, too, and scopes, which no packet has.
        if (!IPAddress.TryParse(parts[0], out IPAddress? address) || parts[0].AsSpan().IndexOfAny('%', '[', 'x') >= 0
            || (address.AddressFamily == AddressFamily.InterNetwork && parts[0].Count(c => c == '.') != 3))
        {
            throw new OperationFailedException(
                $"{option}: '{parts[0]}' is not an IP address", "such as 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32");
        }

        byte[] bytes = address.GetAddressBytes();
        int bits = bytes.Length * 8;
        if (parts.Length == 2 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out bits)
            || bits > bytes.Length * 8))
        {
            throw new OperationFailedException($"{option}: '{parts[1]}' is not a prefix length", $"0 to {bytes.Length * 8}");
        }

        return new AddressPrefix(bytes, bits);
    }

    /// <summary>Reads <c>OLD=NEW</c> of hardware addresses.</summary>
    public static (byte[] Old, byte[] New) ReadMacRule(string text)
    {
        (string old, string fresh) = Halves(text, "--map-mac");
        return (ReadMac(old, "--map-mac"), ReadMac(fresh, "--map-mac"));
    }

    /// <summary>Reads <c>OLD=NEW</c> of numbers from 0.</summary>
    /// <exception cref="OperationFailedException">They are none, or too large.</exception>
    public static (ushort Old, ushort New) ReadNumberRule(string text, string option, int largest)
    {
        (string old, string fresh) = Halves(text, option);
        return (ReadNumber(old, option, largest), ReadNumber(fresh, option, largest));
    }

    private static ushort ReadNumber(string text, string option, int largest) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number) && number <= largest ? number
            : throw new OperationFailedException($"{option}: '{text}' is out of range", $"0 to {largest}");

    /// <summary>Reads <c>OLD=NEW</c> of addresses or prefixes.</summary>
    public static AddressRule ReadAddressRule(string text)
    {
        (string old, string fresh) = Halves(text, "--map-ip");
        AddressRule rule = new(ReadPrefix(old, "--map-ip"), ReadPrefix(fresh, "--map-ip"));
        return rule.Old.Address.Length == rule.New.Address.Length ? rule
            : throw new OperationFailedException($"--map-ip {text}: one is IPv4, the other IPv6");
    }

    private static (string Old, string New) Halves(string text, string option) => text.Split('=') is [string old, string fresh]
        ? (old, fresh) : throw new OperationFailedException($"{option}: '{text}' is not OLD=NEW");
}
