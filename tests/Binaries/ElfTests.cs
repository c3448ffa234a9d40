using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Binaries;

/// <summary>What kind of file a published binary is.</summary>
public class ElfTests
{
    private const long SizeLimit = 6_000_000;

    public static TheoryData<string> Tools => [.. Repository.Tools];

    [LabTheory(Needs.Binutils)]
    [MemberData(nameof(Tools))]
    public void Is_static_hardened_and_small(string tool) => CheckKind(Repository.Binary(tool));

    [LabTheory(Needs.Binutils)]
    [MemberData(nameof(Tools))]
    public void Is_stripped_and_its_symbols_are_kept_apart(string tool)
    {
        string binary = ToolProcess.RunCommand("readelf", "-SW", Repository.Binary(tool)).Expect(0).Output;
        Assert.DoesNotContain(".symtab", binary);
        Assert.DoesNotContain(".debug_info", binary);
        string symbols = ToolProcess.RunCommand("readelf", "-SW", Path.Combine(Repository.Binaries, "symbols", $"{tool}.dbg"))
            .Expect(0).Output;
        Assert.Contains(".symtab", symbols);
        Assert.Contains(".debug_info", symbols);
    }

    /// <summary>
    /// A static position-independent executable, all relocations read-only, a stack without code, not too large.
    /// </summary>
    internal static void CheckKind(string binary)
    {
        string elf = ToolProcess.RunCommand("readelf", "-hldW", binary).Expect(0).Output;
        Assert.Contains("DYN (Position-Independent Executable file)", elf);
        Assert.DoesNotContain("INTERP", elf);
        Assert.DoesNotContain("NEEDED", elf);
        Assert.Contains("GNU_RELRO", elf);
        Assert.Contains("BIND_NOW", elf);
        Assert.Matches(@"GNU_STACK .* RW +0", elf);
        Assert.DoesNotMatch(@"LOAD .* RWE ", elf);
        Assert.InRange(new FileInfo(binary).Length, 1, SizeLimit - 1);
    }
}
