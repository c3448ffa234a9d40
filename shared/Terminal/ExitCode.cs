namespace NetTools.Terminal;

/// <summary>The exit codes of every tool.</summary>
public static class ExitCode
{
    /// <summary>It worked.</summary>
    public const int Success = 0;

    /// <summary>It ran and the answer is no: no reply, a mismatch, a lost peer, output that could not be written.</summary>
    public const int Negative = 1;

    /// <summary>It could not run: a bad flag, no permission, no such host.</summary>
    public const int CannotRun = 2;
}
