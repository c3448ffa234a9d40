using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NetTools.Libc;
using NetTools.Os;
using NetTools.Tests.Support;
using Xunit;

namespace NetTools.Tests.Libc;

/// <summary>Compares everything in shared/Libc with the C headers of the machine the test runs on.</summary>
public class HeaderTests
{
    /// <summary>Classes that hold constants and imports of C headers, under their C names.</summary>
    private static readonly Type[] s_classes = [.. typeof(Linux).Assembly.GetTypes()
        .Where(type => type is { Namespace: "NetTools.Libc", Name: "Linux" or "Pcap" })];

    /// <summary>Names younger than the headers of Debian 12, with the kernel that brought them.</summary>
    private static readonly Dictionary<string, string> s_young = new()
    {
        ["TCP_DELACK_MAX_US"] = "Linux 6.16",
        ["LANDLOCK_ACCESS_FS_TRUNCATE"] = "Linux 6.2",
        ["LANDLOCK_ACCESS_FS_IOCTL_DEV"] = "Linux 6.10",
        ["LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET"] = "Linux 6.12",
        ["LANDLOCK_SCOPE_SIGNAL"] = "Linux 6.12",
    };

    /// <summary>Structs that the kernel makes longer from time to time; ours may end earlier.</summary>
    private static readonly string[] s_growing = ["tcp_info"];

    /// <summary>Structs whose C name is not "struct NAME", nor a typedef that ends in _t.</summary>
    private static readonly Dictionary<string, string> s_spelling = new()
    {
        ["fd_set"] = "fd_set",
        ["pcap_stat"] = "struct pcap_stat",
    };

    [LabFact(Needs.Gcc)]
    public void Constants_have_the_values_of_the_headers()
    {
        // System call numbers differ between architectures: properties, not constants.
        (string Name, long Value, int Size)[] ours = [.. s_classes
            .SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(field => field.IsLiteral))
            .Where(field => field.FieldType.IsPrimitive)
            .Select(field => (field.Name, ToLong(field.GetRawConstantValue()!), SizeOf(field.FieldType)))
            .Concat(typeof(Linux).GetProperties(BindingFlags.Public | BindingFlags.Static)
                .Where(property => property.Name.StartsWith("SYS_", StringComparison.Ordinal))
                .Select(property => (property.Name, ToLong(property.GetValue(null)!), sizeof(int))))];
        Assert.NotEmpty(ours);

        string[] absent = [.. ours.Select(constant => constant.Name)
            .Where(name => s_young.ContainsKey(name) && !CHeaders.Knows(name))];
        Dictionary<string, long> theirs = CHeaders.Evaluate(ours
            .Where(constant => !absent.Contains(constant.Name)).Select(constant => (constant.Name, constant.Name)));

        string[] wrong = [.. ours
            .Where(constant => theirs.TryGetValue(constant.Name, out long value)
                && Truncate(value, constant.Size) != Truncate(constant.Value, constant.Size))
            .Select(constant => $"{constant.Name}: ours {constant.Value}, the headers' {theirs[constant.Name]}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [LabFact(Needs.Gcc)]
    public void Structs_have_the_layout_of_the_headers()
    {
        Type[] structs = [.. typeof(Linux).Assembly.GetTypes().Where(type => type is
            { Namespace: "NetTools.Libc", IsValueType: true, IsEnum: false, IsPublic: true } && !char.IsUpper(type.Name[0]))];
        Assert.NotEmpty(structs);

        List<(string Name, long Value)> ours = [];
        List<(string Name, string Expression)> questions = [];
        foreach (Type type in structs)
        {
            string spelling = s_spelling.GetValueOrDefault(
                type.Name, type.Name.EndsWith("_t", StringComparison.Ordinal) ? type.Name : $"struct {type.Name}");
            Ask($"sizeof({type.Name})", SizeOf(type), $"sizeof({spelling})");
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
            {
                Ask($"{type.Name}.{field.Name}:offset", Marshal.OffsetOf(type, field.Name),
                    $"offsetof({spelling}, {field.Name})");
                Ask($"{type.Name}.{field.Name}:size", SizeOf(field.FieldType), $"sizeof((({spelling} *)0)->{field.Name})");
            }
        }

        Dictionary<string, long> theirs = CHeaders.Evaluate(questions);
        string[] wrong = [.. ours
            .Where(mine => mine.Value != theirs[mine.Name]
                && !(mine.Value < theirs[mine.Name] && s_growing.Any(name => mine.Name == $"sizeof({name})")))
            .Select(mine => $"{mine.Name}: ours {mine.Value}, the headers' {theirs[mine.Name]}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));

        void Ask(string name, long value, string expression)
        {
            ours.Add((name, value));
            questions.Add((name, expression));
        }
    }

    [Fact]
    public void Imports_exist_in_their_libraries()
    {
        (string Library, string Name)[] imports = [.. s_classes.Append(typeof(Errno))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
            .Select(method => method.GetCustomAttribute<DllImportAttribute>() is DllImportAttribute import
                ? (import.Value, import.EntryPoint!) : default)
            .Where(import => import.Item1 is not null)];
        Assert.NotEmpty(imports);
        Assert.All(imports, import => NativeLibrary.GetExport(
            NativeLibrary.Load(import.Library == "libc" ? "libc.so.6" : import.Library), import.Name));
    }

    private static long ToLong(object value) => value is ulong big ? unchecked((long)big) : Convert.ToInt64(value, null);

    /// <summary>The low bytes: -1 and 0xffffffff are one constant to the kernel.</summary>
    private static long Truncate(long value, int size) => size >= sizeof(long) ? value : value & ((1L << (8 * size)) - 1);

    private static int SizeOf(Type type) => type.IsPointer || type.IsFunctionPointer ? IntPtr.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
}
