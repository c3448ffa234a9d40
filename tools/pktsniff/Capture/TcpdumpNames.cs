namespace NetTools.PktSniff.Capture;

/// <summary>The long names of tcpdump's options that are called otherwise here.</summary>
internal static class TcpdumpNames
{
    private static readonly Dictionary<string, string> s_names = new()
    {
        ["--absolute-tcp-sequence-numbers"] = "--absolute",
        ["--dont-verify-checksums"] = "-K",
        ["--list-data-link-types"] = "--list-link-types",
        ["--linktype"] = "--link-type",
        ["--no-promiscuous-mode"] = "--no-promiscuous",
        ["--relinquish-privileges"] = "--user",
        ["--snapshot-length"] = "--snaplen",
    };

    /// <summary>Replaces them; what follows <c>--</c> is left as it is.</summary>
    public static string[] Translate(string[] args)
    {
        int end = Array.IndexOf(args, "--");
        return [.. args.Where((one, i) => (end >= 0 && i > end) || !IsMicroseconds(one))
            .Select((one, i) => end >= 0 && i > end ? one : Translate(one))];
    }

    // Microseconds are what is printed and written without --nano.
    private static bool IsMicroseconds(string argument) => argument is "--micro" or "--time-stamp-precision=micro";

    private static string Translate(string argument)
    {
        int equals = argument.IndexOf('=');
        string name = equals < 0 ? argument : argument[..equals];
        return argument == "--time-stamp-precision=nano" ? "--nano"
            : s_names.TryGetValue(name, out string? ours) ? ours + argument[name.Length..] : argument;
    }
}
