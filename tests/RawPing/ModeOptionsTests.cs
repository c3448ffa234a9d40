using System.Reflection;
using CommandLine;
using NetTools.Os;
using NetTools.RawPing.Ping;
using Xunit;

namespace NetTools.Tests.RawPing;

/// <summary>Each option has an effect in a run, or is refused there.</summary>
public class ModeOptionsTests
{
    // y: accepted, -: refused. The sweep is -g; JSON, quiet and flood are of a plain ping.
    private static readonly string[] s_runs =
        ["ping", "sweep", "trace", "tcp", "pmtu", "dry-run", "-f", "-q", "--json", "--json-lines"];

    private const string Grid = """
        -4                yyyyyyyyyy
        -6                yyyyyyyyyy
        -a                yy--------
        -A                yy----yyyy
        -b                yy---yyyyy
        -c=3              yyyy--yyyy
        -C                yy----yyyy
        -D                yy--------
        -f                yy----yyyy
        -F=hosts          y----yyyyy
        -g=127.0.0.0/30   yy---yyyyy
        -i=2              yyyy--yyyy
        -I=lo             yyyyyyyyyy
        -l=2              yy----yyyy
        -M=do             yyyy-yyyyy
        -n                yyyyyyyyyy
        -O                y---------
        -p=ff             yyy-yyyyyy
        -q                yy----yyyy
        -Q=16             yyyyyyyyyy
        -R                yy---yyyyy
        -s=100            yyy--yyyyy
        -S=9000           yyyyy-yyyy
        -t=9              yyyyyyyyyy
        -T=tsonly         yy---yyyyy
        -U                yy----yyyy
        -v                yy----yyyy
        -w=5              yyyy--yyyy
        -W=5              yyyyy-yyyy
        --hdrincl         yy--yyyyyy
        --source=::1      yyyyyyyyyy
        --id=7            yyyyyyyyyy
        --df              yyyy-yyyyy
        --options=rr      yy---yyyyy
        --icmp-type=13    yy---yyyyy
        --icmp-code=1     yy--yyyyyy
        --payload=0xff    yy---yyyyy
        --dry-run         yy---y--y-
        --histogram       y-----yy--
        --interval-global=1 yyyy--yyyy
        --alive           -y--------
        --dead            -y--------
        --retries=2       -y--------
        --backoff=2       ----------
        --min-reachable=2 -y--------
        --trace           y-yy----yy
        --protocol=udp    --y-------
        --port=9          --yy------
        --flows=2         --yy------
        --first-hop=2     --yy------
        --max-hops=9      --yy------
        --max-silent=2    --yy------
        --report          --yy------
        --csv             --yy------
        --pmtu            y---y---yy
        --json            yyyyyyyyy-
        --json-lines      yyyyy-yy-y
        --prometheus=f    yy----yyyy
        --every=1         yy----yy-y
        """;

    [Fact]
    public void Each_option_has_an_effect_in_each_run_or_is_refused()
    {
        List<string> wrong = [];
        foreach (string row in Grid.Split('\n', StringSplitOptions.TrimEntries))
        {
            int end = row.IndexOf(' ', StringComparison.Ordinal);
            (string option, string cells) = (row[..end], row[end..].TrimStart());
            for (int run = 0; run < s_runs.Length; run++)
            {
                PingOptions options = Run(s_runs[run]);
                bool conflicts = !Set(options, option);
                if (!conflicts && (Refusal(options) is null) != (cells[run] == 'y'))
                {
                    wrong.Add($"{option} in {s_runs[run]}: {Refusal(options) ?? "accepted"}");
                }
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void The_grid_has_every_option()
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        string[] declared = [.. typeof(PingOptions).GetProperties(Own)
            .Select(property => property.GetCustomAttribute<OptionAttribute>()).OfType<OptionAttribute>().Select(NameOf)];
        Assert.Equal(declared.Order(StringComparer.Ordinal),
            Grid.Split('\n', StringSplitOptions.TrimEntries).Select(row => row.Split(' ', '=')[0]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("--json and --json-lines exclude each other", "--json", "--json-lines")]
    [InlineData("--json and --csv exclude each other", "--trace", "--json", "--csv")]
    [InlineData("--csv and --report exclude each other", "--trace", "--csv", "--report")]
    [InlineData("--trace and --dry-run exclude each other", "--trace", "--dry-run")]
    [InlineData("--trace and --pmtu exclude each other", "--trace", "--pmtu")]
    [InlineData("-t and --max-hops exclude each other", "--trace", "-t=9", "--max-hops=9")]
    [InlineData("-g and -F exclude each other", "-g=127.0.0.0/30", "-F=hosts")]
    [InlineData("--backoff needs --retries", "-g=127.0.0.0/30", "--backoff=2")]
    [InlineData("--backoff is for -g and -F only", "--backoff=2")]
    [InlineData("--retries is for -g and -F only", "--trace", "--retries=2")]
    [InlineData("--alive is not for --json-lines", "-g=127.0.0.0/30", "--alive", "--json-lines")]
    [InlineData("--alive is not for --dry-run", "-g=127.0.0.0/30", "--dry-run", "--alive")]
    [InlineData("-R is not for --trace", "--trace", "-R")]
    [InlineData("-s is not for --protocol tcp", "--trace", "--protocol=tcp", "-s=100")]
    [InlineData("-D is not for -q", "-D", "-q")]
    [InlineData("--every is not for --json", "--every=1", "--json")]
    [InlineData("--flows is for --trace only", "--flows=2", "--pmtu")]
    [InlineData(null, "--every=1", "--json", "--prometheus=f")]
    [InlineData(null, "-D", "-q", "--every=1")]
    [InlineData(null, "--trace", "--json-lines", "-q")]
    [InlineData(null, "-g=127.0.0.0/30", "--alive", "--json")]
    [InlineData(null, "-g=127.0.0.0/30", "--retries=2", "--backoff=2")]
    public void The_refusal_says_what_does_not_go_together(string? line, params string[] given)
    {
        PingOptions options = new();
        Assert.All(given, option => Assert.True(Set(options, option)));
        Assert.Equal(line, Refusal(options));
    }

    private static PingOptions Run(string name)
    {
        PingOptions options = new();
        string[] given = name switch
        {
            "ping" => [],
            "sweep" => ["-g=127.0.0.0/30"],
            "tcp" => ["--trace", "--protocol=tcp"],
            _ => [name.StartsWith('-') ? name : $"--{name}"],
        };
        Array.ForEach(given, option => Set(options, option));
        return options;
    }

    private static string? Refusal(PingOptions options)
    {
        try
        {
            ModeOptions.Check(options);
            return null;
        }
        catch (OperationFailedException e)
        {
            return e.Message;
        }
    }

    // False when the run has set it already, to another value.
    private static bool Set(PingOptions options, string option)
    {
        string[] parts = option.Split('=', 2);
        PropertyInfo property = typeof(PingOptions).GetProperties()
            .Single(one => one.GetCustomAttribute<OptionAttribute>() is OptionAttribute named && NameOf(named) == parts[0]);
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        object value = type == typeof(bool) ? true
            : type == typeof(IEnumerable<string>) ? new[] { parts[1] }
            : Convert.ChangeType(parts[1], type, System.Globalization.CultureInfo.InvariantCulture);
        bool isFree = type != typeof(string) || property.GetValue(options) is null;
        property.SetValue(options, value);
        return isFree;
    }

    private static string NameOf(OptionAttribute option) =>
        option.ShortName.Length > 0 ? $"-{option.ShortName}" : $"--{option.LongName}";
}
