using System.Buffers.Binary;
using System.Globalization;
using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Report;

/// <summary>The IPv4 options of a reply in ping's layout. Lengths come from the wire, so each is checked.</summary>
internal static class OptionText
{
    /// <summary>Lines for record route and timestamp options; other options are left out.</summary>
    /// <param name="options">The options of an IPv4 header.</param>
    /// <param name="names">Names for the addresses in them.</param>
    public static List<string> Describe(ReadOnlySpan<byte> options, HostNames names)
    {
        List<string> lines = [];
        while (options.Length > 0 && options[0] != 0)
        {
            if (options[0] == IpOptionsWriter.NoOperation)
            {
                options = options[1..];
                continue;
            }

            if (options.Length < 3 || options[1] < 3 || options[1] > options.Length)
            {
                break;
            }

            ReadOnlySpan<byte> option = options[..options[1]];
            if (option[0] == IpOptionsWriter.RecordRoute)
            {
                AddRoute(lines, option, names);
            }
            else if (option[0] == IpOptionsWriter.Timestamp && option.Length >= 4)
            {
                AddTimes(lines, option, names);
            }

            options = options[option.Length..];
        }

        return lines;
    }

    private static void AddRoute(List<string> lines, ReadOnlySpan<byte> option, HostNames names)
    {
        // The pointer counts from 1 and names the first free place.
        int used = Math.Min(option[2] - 1, option.Length);
        string before = "RR: ";
        for (int at = 3; at + 4 <= used; at += 4)
        {
            lines.Add($"{before}\t{names.Describe(HostAddress.FromBytes(option.Slice(at, 4)))}");
            before = "";
        }

        lines.Add("");
    }

    private static void AddTimes(List<string> lines, ReadOnlySpan<byte> option, HostNames names)
    {
        const uint nonStandard = 0x8000_0000;
        int used = Math.Min(option[2] - 1, option.Length);
        bool addresses = (option[3] & 15) != 0;
        int step = addresses ? 8 : 4;
        string before = "TS: ";
        uint? last = null;
        for (int at = 4; at + step <= used; at += step)
        {
            string who = addresses ? $"{names.Describe(HostAddress.FromBytes(option.Slice(at, 4)))}\t" : "";
            uint time = BinaryPrimitives.ReadUInt32BigEndian(option[(at + step - 4)..]);
            // Milliseconds since midnight UT; later ones as the distance from the one before, as ping prints them.
            string text = (time & nonStandard) != 0 ? Format($"{time & ~nonStandard} not-standard")
                : last is uint before1 ? Format($"{(int)(time - before1)}") : Format($"{time} absolute");
            last = (time & nonStandard) != 0 ? last : time;
            lines.Add($"{before}\t{who}{text}");
            before = "";
        }

        if (option[3] >> 4 is int overflow and > 0)
        {
            lines.Add(Format($"Unrecorded hops: {overflow}"));
        }

        lines.Add("");
    }

    private static string Format(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
