using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using NetTools.Os;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Libc;

/// <summary>The numbers in <see cref="SystemCalls"/> beside those of the kernel's headers for both architectures.</summary>
public class SystemCallTests
{
    [LabFact(Needs.Gcc)]
    public void Have_the_numbers_of_x64() => Compare("gcc", call => call >> 16);

    [LabFact(Needs.Arm64)]
    public void Have_the_numbers_of_arm64() => Compare("aarch64-linux-gnu-gcc", call => call & 0xffff);

    [Fact]
    public void The_number_here_is_that_of_this_architecture()
    {
        bool arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
        Assert.Equal(arm ? 63u : 0u, SystemCalls.Number(SystemCalls.read));
        Assert.Equal(arm ? SystemCalls.Missing : 2u, SystemCalls.Number(SystemCalls.open));
    }

    private static void Compare(string compiler, Func<uint, uint> number)
    {
        (string Name, uint Value)[] ours = [.. typeof(SystemCalls).GetFields(BindingFlags.Public | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.Name != nameof(SystemCalls.Missing))
            .Select(field => (field.Name, (uint)field.GetRawConstantValue()!))];
        Assert.NotEmpty(ours);
        using TempFolder folder = new();
        File.WriteAllText(folder.File("ask.c"), "#include <asm/unistd.h>\n" + string.Concat(ours.Select(call =>
            $"#ifdef __NR_{call.Name}\nour {call.Name} __NR_{call.Name}\n#else\nour {call.Name} "
                + $"{SystemCalls.Missing}\n#endif\n")));
        Dictionary<string, uint> theirs = ToolProcess.RunCommand(compiler, "-E", "-P", folder.File("ask.c")).Expect(0).OutputLines
            .Select(line => line.Split(' ')).Where(words => words is ["our", _, _])
            .ToDictionary(words => words[1], words => uint.Parse(words[2], CultureInfo.InvariantCulture));
        Assert.DoesNotContain(ours, call => theirs[call.Name] != number(call.Value));
    }
}
