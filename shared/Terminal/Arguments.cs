using System.Globalization;
using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>Checks of what was typed; each failure is one line and exit code 2.</summary>
public static class Arguments
{
    /// <summary>Fails unless a condition holds.</summary>
    /// <param name="holds">The condition.</param>
    /// <param name="message">What is wrong with the command line.</param>
    /// <param name="hint">What to type instead, or null.</param>
    /// <exception cref="OperationFailedException">It does not hold.</exception>
    public static void Check(bool holds, string message, string? hint = null)
    {
        if (!holds)
        {
            throw new OperationFailedException(message, hint);
        }
    }

    /// <summary>Fails when a number is outside a range, or not a number.</summary>
    /// <param name="what">The option: <c>--ttl</c>.</param>
    /// <param name="value">Its value.</param>
    /// <param name="least">Smallest allowed.</param>
    /// <param name="most">Largest allowed.</param>
    /// <exception cref="OperationFailedException">It is outside.</exception>
    public static void CheckRange(string what, double value, double least, double most)
    {
        if (!(value >= least && value <= most))
        {
            throw new OperationFailedException(string.Create(CultureInfo.InvariantCulture, $"{what} {value}: out of range"),
                string.Create(CultureInfo.InvariantCulture, $"{least} to {most}"));
        }
    }

    /// <summary>Fails when two options were both given.</summary>
    /// <param name="one">The first, or null where it was not given.</param>
    /// <param name="other">The second, or null where it was not given.</param>
    /// <exception cref="OperationFailedException">Both were.</exception>
    public static void Exclude(string? one, string? other)
    {
        if (one is not null && other is not null)
        {
            throw new OperationFailedException($"{one} and {other} exclude each other", "give one of them");
        }
    }

    /// <summary>One of several words, in any case.</summary>
    /// <param name="what">The option.</param>
    /// <param name="text">As typed.</param>
    /// <param name="words">What it may be.</param>
    /// <returns>The index of the word.</returns>
    /// <exception cref="OperationFailedException">It is another word.</exception>
    public static int Choose(string what, string text, params ReadOnlySpan<string> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (words[i].Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        throw new OperationFailedException($"{what} {Escape.Terminal(text)}: not one of {string.Join(", ", words!)}");
    }
}
