using System.Globalization;
using NetTools.Libc;
using NetTools.MuxBench.Mechanisms;

namespace NetTools.MuxBench;

/// <summary>What to measure, checked.</summary>
/// <param name="Fds">The numbers of descriptors, ascending, each once; null for a sweep up to the limit.</param>
/// <param name="Ready">How many are readable.</param>
/// <param name="Mechanisms">Names out of the catalogue, each once, in its order.</param>
/// <param name="Blocks">How many times each is measured, 3 or more.</param>
/// <param name="Json">Whether to print JSON.</param>
/// <param name="Csv">A file for the points, or null.</param>
internal sealed record Settings(int[]? Fds, ReadyShare[] Ready, string[] Mechanisms, int Blocks, bool Json, string? Csv)
{
    private const int DefaultFds = 1000;

    /// <summary>Checks what the user asked for.</summary>
    /// <exception cref="OperationFailedException">Something is not possible; the message says what.</exception>
    public static Settings From(Options options)
    {
        if (options.Fds is not null && options.Sweep is not null)
        {
            throw new OperationFailedException("--fds and --sweep both say how many descriptors", "give one of them");
        }

        int[]? fds = options.Sweep switch
        {
            "auto" => null,
            string list => [.. Split(list).Select(word => Number("--sweep", word, 1)).Distinct().Order()],
            null => [options.Fds is string one ? Number("--fds", one, 1) : DefaultFds],
        };
        ReadyShare[] ready = [.. Split(options.Ready).Distinct().Select(ReadyShare.Parse)];
        foreach (ReadyShare share in ready)
        {
            int least = fds is null ? 1 : fds[0];
            if (share.Of(least) > least)
            {
                throw new OperationFailedException($"--ready {share.Text}: more than the {Count(least)} watched at the smallest point",
                    "a share such as 10% fits every size");
            }
        }

        return new(fds, ready, MechanismNames(options.Mechanisms), Number("--blocks", options.Blocks, 3), options.Json, options.Csv);
    }

    private static string[] MechanismNames(string? text)
    {
        if (text is null)
        {
            return Catalogue.Default;
        }

        string[] asked = Split(text);
        string all = string.Join(',', Catalogue.Names);
        foreach (string name in asked)
        {
            if (name != "all" && !Catalogue.Names.Contains(name))
            {
                throw new OperationFailedException($"--mechanisms {name}: unknown", $"known are {all}; or all");
            }
        }

        return [.. Catalogue.Names.Where(name => asked.Contains("all") || asked.Contains(name))];
    }

    private static string[] Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries);

    private static int Number(string option, string text, int least) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least ? number
            : throw new OperationFailedException($"{option} {text}: not a number from {least} up");

    private static string Count(int number) => number == 1 ? "1 descriptor" : string.Create(CultureInfo.InvariantCulture, $"{number:N0} descriptors");
}
