using System.Globalization;

namespace NetTools.OptBench.Client;

/// <summary>The time that a visit may take was over while it waited for the far end.</summary>
/// <param name="doing">What was being done.</param>
/// <param name="silentMs">How long the far end had been silent then, milliseconds; null where that is unknown.</param>
internal sealed class TimeSpentException(string doing, long? silentMs = null) : Exception($"{doing}: the time is over")
{
    /// <summary>How long the far end had been silent, milliseconds; null where that is unknown.</summary>
    public long? SilentMs => silentMs;

    /// <summary>From here on the silence is worth a word.</summary>
    public const int NotableMs = 1_000;

    /// <summary>The silence as the messages write it.</summary>
    public string SilenceText => string.Create(CultureInfo.InvariantCulture, $"{silentMs / 1e3:0.0} s");
}
