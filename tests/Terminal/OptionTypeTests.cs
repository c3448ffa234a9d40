using System.Reflection;
using CommandLine;
using NetTools.Terminal;
using Xunit;

namespace NetTools.Tests.Terminal;

/// <summary>
/// Options are of types that Convert knows: the binaries leave out the converters for others (tools/Substitutions.xml).
/// </summary>
public class OptionTypeTests
{
    [Fact]
    public void Are_all_known_to_Convert()
    {
        PropertyInfo[] options = [.. typeof(Command).Assembly.GetTypes()
            .Where(type => type.Namespace?.StartsWith("NetTools.", StringComparison.Ordinal) == true)
            .SelectMany(type => type.GetProperties())
            .Where(property => property.IsDefined(typeof(OptionAttribute)) || property.IsDefined(typeof(ValueAttribute)))];
        Assert.NotEmpty(options);
        Assert.All(options, option => Assert.True(
            Scalar(option.PropertyType) is { IsEnum: true } or { IsPrimitive: true } or { Name: "String" },
            $"{option.DeclaringType}.{option.Name}"));
    }

    private static Type Scalar(Type type) => Nullable.GetUnderlyingType(type)
        ?? (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IEnumerable<>) ? type.GetGenericArguments()[0]
            : type);
}
