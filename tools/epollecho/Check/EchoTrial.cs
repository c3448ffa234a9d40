using NetTools.Terminal;

namespace NetTools.EpollEcho.Check;

/// <summary>What a trial needs besides connections.</summary>
internal enum TrialNeeds
{
    /// <summary>Nothing.</summary>
    Connections,

    /// <summary>To see the server's process: <c>--pid</c>, or the command that starts it.</summary>
    Process,

    /// <summary>To start the server: its command.</summary>
    Command,
}

/// <summary>One thing a right echo server does, and how it is tried.</summary>
/// <param name="Info">What is said about it.</param>
/// <param name="Needs">What it takes.</param>
/// <param name="Run">Tries it.</param>
internal sealed record EchoTrial(ExamTrial Info, TrialNeeds Needs, Func<Subject, Seen> Run);

/// <summary>What a trial saw.</summary>
/// <param name="Passed">True when the server did right; null when the trial could not be tried.</param>
/// <param name="Text">What was seen, in a sentence.</param>
internal readonly record struct Seen(bool? Passed, string Text);
