using System.Globalization;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.PktSniff.Link;

/// <summary>The interfaces by number, as <c>-D</c> lists them and <c>-i 1</c> names them.</summary>
internal static class InterfaceList
{
    /// <summary>The interface a word of <c>-i</c> means: its name, or its number where no interface has that name.</summary>
    /// <exception cref="OperationFailedException">There is no such number.</exception>
    public static string Name(string word)
    {
        if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return word;
        }

        string[] names = Names();
        return names.Contains(word) ? word
            : number >= 1 && number <= names.Length ? names[number - 1]
            : throw new OperationFailedException(
                $"-i {word}: there is no interface of that number", "list them with: pktsniff -D");
    }

    /// <summary>Prints number, name and state of each interface.</summary>
    public static void Write(Output output)
    {
        string[] names = Names();
        for (int i = 0; i < names.Length; i++)
        {
            output.WriteLine($"{i + 1}.{Escape.Terminal(names[i])}{State(names[i])}");
        }
    }

    private static string[] Names() => [.. Interfaces.Names().Distinct(), PacketSocket.Any];

    private static string State(string name)
    {
        if (name == PacketSocket.Any)
        {
            return " (all interfaces) [Up, Running]";
        }

        int flags = Interfaces.Flags(name);
        List<string> states = [];
        if ((flags & Linux.IFF_UP) != 0)
        {
            states.Add("Up");
        }

        if ((flags & Linux.IFF_RUNNING) != 0)
        {
            states.Add("Running");
        }

        if ((flags & Linux.IFF_LOOPBACK) != 0)
        {
            states.Add("Loopback");
        }

        return states.Count == 0 ? "" : $" [{string.Join(", ", states)}]";
    }
}
