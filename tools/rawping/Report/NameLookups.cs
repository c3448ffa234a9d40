using NetTools.RawPing.Wire;

namespace NetTools.RawPing.Report;

/// <summary>
/// Asks for the names of hosts on a thread of its own. A line waits for its name half a second at most; once a name took longer
/// no line waits any more, and shows names from when they are known. So a silent name server costs half a second, once.
/// </summary>
/// <param name="ask">The name of an address, or null; may take its time.</param>
internal sealed class NameLookups(Func<HostAddress, string?> ask)
{
    /// <summary>Most addresses looked up: strangers can make up those of routers.</summary>
    public const int Most = 256;

    private const int LongestName = 253; // RFC 1035
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Dictionary<HostAddress, Lookup> _lookups = [];
    private readonly Queue<HostAddress> _questions = [];
    private bool _isAsking;
    private bool _isSlow;

    /// <summary>The name of an address; null while it is not known, or when there is none.</summary>
    public string? Find(HostAddress address)
    {
        Lookup? lookup;
        lock (_lock)
        {
            if (_lookups.TryGetValue(address, out lookup))
            {
                return lookup.Name;
            }

            if (_lookups.Count == Most)
            {
                return null;
            }

            _lookups[address] = lookup = new Lookup();
            _questions.Enqueue(address);
            if (!_isAsking)
            {
                // A thread that stayed would share the descriptors with the loop all the time, and make its calls dearer.
                _isAsking = true;
                new Thread(AskAll) { IsBackground = true }.Start();
            }
        }

        _isSlow = _isSlow || !lookup.Done.Wait(s_patience);
        return lookup.Name;
    }

    /// <summary>Whether a name server's answer is a host's name, and can do a terminal no harm.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= LongestName && name[0] != '.'
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');

    private void AskAll()
    {
        while (true)
        {
            Lookup lookup;
            HostAddress address;
            lock (_lock)
            {
                if (!_questions.TryDequeue(out address))
                {
                    _isAsking = false;
                    return;
                }

                lookup = _lookups[address];
            }

            lookup.Name = ask(address) is string name && IsName(name) ? name : null;
            lookup.Done.Set();
        }
    }

    private sealed class Lookup
    {
        private volatile string? _name;

        public string? Name
        {
            get => _name;
            set => _name = value;
        }

        public ManualResetEventSlim Done { get; } = new();
    }
}
