namespace NetTools.EpollEcho.Check;

/// <summary>One thing a right echo server does.</summary>
/// <param name="Name">The name, as in <c>--only</c>.</param>
/// <param name="Cause">What is usually wrong in a server that fails it.</param>
/// <param name="See">The manual pages to read.</param>
/// <param name="NeedsPid">Whether the server's process must be at hand.</param>
/// <param name="Run">Tries it.</param>
internal sealed record Trial(string Name, string Cause, string See, bool NeedsPid, Func<Subject, Seen> Run);

/// <summary>What a trial saw.</summary>
/// <param name="Passed">True when the server did right; null when the trial could not be tried.</param>
/// <param name="Text">What was seen, in a sentence.</param>
internal readonly record struct Seen(bool? Passed, string Text);

/// <summary>A trial and what it saw.</summary>
internal sealed record TrialResult(Trial Trial, Seen Seen);
