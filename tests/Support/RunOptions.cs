using System.Text;

namespace NetTools.Tests.Support;

/// <summary>How a program is run.</summary>
public sealed record RunOptions
{
    /// <summary>Every run has a time limit; the machines that test this are slow and noisy.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <summary>After this a program run to completion is killed and the test fails.</summary>
    public TimeSpan Timeout { get; init; } = DefaultTimeout;

    /// <summary>The network namespace to run in (<c>ip netns exec</c>), or null for our own.</summary>
    public string? Namespace { get; init; }

    /// <summary>What the program reads on standard input, which then ends; nothing unless set.</summary>
    public byte[] Input { get; init; } = [];

    /// <summary>Leaves standard input open for <see cref="ToolProcess.Input"/>.</summary>
    public bool KeepInputOpen { get; init; }

    /// <summary>Variables added to the environment; a null value takes one away.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>The folder to run in, or null for our own.</summary>
    public string? Folder { get; init; }

    /// <summary>Input given as text.</summary>
    public static RunOptions WithInput(string text) => new() { Input = Encoding.UTF8.GetBytes(text) };
}
