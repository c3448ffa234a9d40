using System.Text;
using NetTools.OptBench.Run;

namespace NetTools.OptBench.Protocol;

/// <summary>The shared secret from the command line or, so that ps(1) does not show it, from the environment.</summary>
internal static class Tokens
{
    public const string Variable = "OPTBENCH_TOKEN";
    private const int LongestBytes = 32;

    /// <summary>The option's value, else the variable's, else empty.</summary>
    public static string Choose(string? option)
    {
        string token = option ?? Environment.GetEnvironmentVariable(Variable) ?? "";
        RunOptions.Check(Encoding.UTF8.GetByteCount(token) <= LongestBytes && !token.Contains('\0'),
            $"a token has at most {LongestBytes} bytes");
        return token;
    }
}
