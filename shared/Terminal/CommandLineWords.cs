using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using CommandLine;
using NetTools.Os;

namespace NetTools.Terminal;

/// <summary>
/// Reads the words of a command line by the rules of getopt_long(3), and fills an options class with them. CommandLineParser
/// would drop surplus words, take a last <c>-c</c> without its value, read <c>1,5</c> as 15 and <c>-4</c> as a value; and it
/// would look at each property by reflection again, which takes longer than all else before a first packet is sent.
/// </summary>
internal sealed class CommandLineWords
{
    private readonly List<Choice> _choices = [];
    private readonly List<Place> _places = [];
    private readonly List<string> _values = [];
    private readonly List<GivenOption> _typed = [];

    private CommandLineWords([DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type)
    {
        foreach (PropertyInfo property in type.GetProperties())
        {
            switch (property.GetCustomAttribute<BaseAttribute>())
            {
                case OptionAttribute option:
                    _choices.Add(new Choice(option, property));
                    break;
                case ValueAttribute value:
                    _places.Add(new Place(value, property));
                    break;
            }
        }

        _places.Sort((a, b) => a.Value.Index.CompareTo(b.Value.Index));
    }

    /// <summary>True when <c>--help</c> was asked for, wherever it stands.</summary>
    public bool Help { get; private set; }

    /// <summary>True when <c>--version</c> was asked for, or <c>-V</c> where that letter is not an option.</summary>
    public bool Version { get; private set; }

    /// <summary>The options as typed, flags without a value.</summary>
    public IReadOnlyList<GivenOption> Given => _typed;

    /// <summary>The words that are not options.</summary>
    public IReadOnlyList<string> Values => _values;

    /// <summary>Sets the properties of an options object: what was given, else the default of the attribute.</summary>
    /// <param name="options">A new object of the type that the words were read for.</param>
    public void Fill(object options)
    {
        foreach (Choice choice in _choices)
        {
            object? value = choice switch
            {
                { Given: [] } => choice.Option.Default,
                { Option.FlagCounter: true } => choice.Given.Count,
                { IsFlag: true } => true,
                _ => Convert(choice.Property.PropertyType, choice.Given),
            };
            if (value is not null)
            {
                choice.Property.SetValue(options, value);
            }
        }

        for (int i = 0; i < _places.Count && i < _values.Count; i++)
        {
            Place place = _places[i];
            List<string> words = place.TakesTheRest ? _values[i..] : [_values[i]];
            place.Property.SetValue(options, Convert(place.Property.PropertyType, words));
        }
    }

    /// <summary>Reads the words for an options class.</summary>
    /// <exception cref="OperationFailedException">A word does not fit.</exception>
    public static CommandLineWords Read(
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] Type type, string[] args)
    {
        CommandLineWords words = new(type);
        for (int i = 0; i < args.Length; i++)
        {
            string word = args[i];
            if (word == "--")
            {
                words._values.AddRange(args.AsSpan(i + 1));
                break;
            }

            string? next = i + 1 < args.Length ? args[i + 1] : null;
            bool tookNext = false;
            if (word.StartsWith("--", StringComparison.Ordinal))
            {
                tookNext = words.ReadLong(word, next);
            }
            else if (word.Length > 1 && word[0] == '-')
            {
                tookNext = words.ReadShort(word, next);
            }
            else
            {
                words._values.Add(word);
            }

            i += tookNext ? 1 : 0;
        }

        if (!words.Help && !words.Version)
        {
            words.CheckValues();
        }

        return words;
    }

    private bool ReadLong(string word, string? next)
    {
        int equals = word.IndexOf('=');
        string name = equals < 0 ? word : word[..equals];
        string? value = equals < 0 ? null : word[(equals + 1)..];
        Choice? choice = _choices.Find(choice => choice.Option.LongName is { Length: > 0 } known && $"--{known}" == name);
        switch (choice)
        {
            case null when word == "--help":
                Help = true;
                return false;
            case null when word == "--version":
                Version = true;
                return false;
            case null:
                throw new OperationFailedException($"unknown option {name}");
            case { IsFlag: true }:
                choice.Given.Add(value is null ? "" : throw new OperationFailedException($"option {name} takes no value"));
                _typed.Add(new GivenOption(choice.Name.TrimStart('-'), null));
                return false;
            default:
                Add(choice, name, value ?? next);
                return value is null;
        }
    }

    /// <summary>One dash: flags may stand together, and a value may follow its letter at once.</summary>
    private bool ReadShort(string word, string? next)
    {
        for (int i = 1; i < word.Length; i++)
        {
            string letter = word[i].ToString();
            Choice? choice = _choices.Find(choice => choice.Option.ShortName == letter);
            if (choice is null && word == "-h")
            {
                Help = true;
            }
            else if (choice is null && word == "-V")
            {
                Version = true;
            }
            else if (choice is null)
            {
                throw new OperationFailedException($"unknown option -{letter}");
            }
            else if (choice.IsFlag)
            {
                choice.Given.Add("");
                _typed.Add(new GivenOption(choice.Name.TrimStart('-'), null));
            }
            else
            {
                Add(choice, $"-{letter}", i + 1 < word.Length ? word[(i + 1)..] : next);
                return i + 1 == word.Length;
            }
        }

        return false;
    }

    private void Add(Choice choice, string asWritten, string? value)
    {
        if (string.IsNullOrEmpty(value))
        {
            throw new OperationFailedException($"option {asWritten} needs a value");
        }

        string[] parts = choice.Option.Separator == '\0' ? [value] : value.Split(choice.Option.Separator);
        foreach (string part in parts)
        {
            CheckType($"option {asWritten}", choice.ElementType, part);
        }

        if (value.Length > 1 && value[0] == '-' && !char.IsAsciiDigit(value[1]))
        {
            throw new OperationFailedException($"option {asWritten} needs a value, and \"{value}\" is none");
        }

        choice.Given.AddRange(parts);
        _typed.Add(new GivenOption(choice.Name.TrimStart('-'), value));
    }

    private void CheckValues()
    {
        if (_choices.Find(choice => choice.Option.Required && choice.Given.Count == 0) is Choice missing)
        {
            throw new OperationFailedException($"{missing.Name} is missing");
        }

        for (int i = 0; i < _places.Count; i++)
        {
            Place place = _places[i];
            if (place.Value.Required && _values.Count <= i)
            {
                throw new OperationFailedException($"{place.Value.MetaName} is missing");
            }

            foreach (string word in _values.Skip(i).Take(place.TakesTheRest ? int.MaxValue : 1))
            {
                CheckType(place.Value.MetaName, ElementType(place.Property.PropertyType), word);
            }

            if (place.TakesTheRest)
            {
                return;
            }
        }

        if (_values.Count > _places.Count)
        {
            throw new OperationFailedException($"unexpected word \"{_values[_places.Count]}\"");
        }
    }

    // The words have been checked. An option given twice holds its last value.
    private static object Convert(Type type, List<string> words)
    {
        if (IsSequence(type))
        {
            return words.ToArray(); // sequences are of strings
        }

        Type element = ElementType(type);
        return element.IsEnum ? Enum.Parse(element, words[^1], ignoreCase: true)
            : System.Convert.ChangeType(words[^1], element, CultureInfo.InvariantCulture);
    }

    private static void CheckType(string what, Type type, string text)
    {
        if (type.IsEnum)
        {
            string[] names = Enum.GetNames(type);
            if (!names.Contains(text, StringComparer.OrdinalIgnoreCase))
            {
                throw new OperationFailedException(
                    $"{what}: \"{text}\" is none of {string.Join(", ", names.Select(name => name.ToLowerInvariant()))}");
            }
        }
        else if (type == typeof(double) || type == typeof(float) || type == typeof(decimal))
        {
            if (!double.TryParse(text, NumberStyles.Float & ~NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture,
                out double number)
                || !double.IsFinite(number))
            {
                throw new OperationFailedException($"{what}: \"{text}\" is not a number");
            }
        }
        else if (Range(type) is (Int128 lowest, Int128 highest))
        {
            if (!Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 number))
            {
                throw new OperationFailedException($"{what}: \"{text}\" is not a whole number");
            }

            if (number < lowest || number > highest)
            {
                throw new OperationFailedException($"{what}: {text} is not between {lowest} and {highest}");
            }
        }
    }

    private static (Int128 Lowest, Int128 Highest)? Range(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => (byte.MinValue, byte.MaxValue),
        TypeCode.SByte => (sbyte.MinValue, sbyte.MaxValue),
        TypeCode.Int16 => (short.MinValue, short.MaxValue),
        TypeCode.UInt16 => (ushort.MinValue, ushort.MaxValue),
        TypeCode.Int32 => (int.MinValue, int.MaxValue),
        TypeCode.UInt32 => (uint.MinValue, uint.MaxValue),
        TypeCode.Int64 => (long.MinValue, long.MaxValue),
        TypeCode.UInt64 => (ulong.MinValue, ulong.MaxValue),
        _ => null,
    };

    /// <summary>What one word becomes: the element of a sequence, the value under a nullable.</summary>
    private static Type ElementType(Type type) =>
        Nullable.GetUnderlyingType(type)
        ?? (type.IsArray ? type.GetElementType()! : type.IsGenericType ? type.GetGenericArguments()[0] : type);

    private static bool IsSequence(Type type) =>
        type != typeof(string) && ElementType(type) != type && Nullable.GetUnderlyingType(type) is null;

    private sealed record Choice(OptionAttribute Option, PropertyInfo Property)
    {
        /// <summary>Its values in order; of a flag an empty one each time.</summary>
        public List<string> Given { get; } = [];

        public bool IsFlag { get; } = Property.PropertyType == typeof(bool) || Option.FlagCounter;

        public Type ElementType => CommandLineWords.ElementType(Property.PropertyType);

        public string Name => Option.LongName.Length > 0 ? $"--{Option.LongName}" : $"-{Option.ShortName}";
    }

    private sealed record Place(ValueAttribute Value, PropertyInfo Property)
    {
        public bool TakesTheRest { get; } = IsSequence(Property.PropertyType);
    }
}
