using CommandLine;
using NetTools.Os;
using NetTools.Terminal;
using Xunit;

namespace NetTools.Tests.Terminal;

public class CommandLineReaderTests
{
    private static readonly HelpPage s_page = new("tool verb", "for tests", ["[options] HOST"], ["tool verb h"]);

    public enum Color
    {
        Red,
        Green,
    }

    [Theory]
    [InlineData("h", 5)]
    [InlineData("h -c 3", 3)]
    [InlineData("h -c3", 3)]
    [InlineData("-c 3 h", 3)]
    [InlineData("h --count 3", 3)]
    [InlineData("h --count=3", 3)]
    [InlineData("h -c -3", -3)]
    [InlineData("h --count=-3", -3)]
    [InlineData("h -qc3", 3)]
    [InlineData("h -c 1 -c 2", 2)]
    public void Takes_values_the_ways_getopt_does(string line, int count)
    {
        Options options = Read(line)!;
        Assert.Equal(("h", count), (options.Host, options.Count));
    }

    [Fact]
    public void Takes_flags_digits_lists_and_enums()
    {
        Options options = Read("-q6 -k green --many a,b -m c --interval 0.5 -x -vvv host")!;
        Assert.True(options.Quiet && options.Six && options.Hex);
        Assert.Equal((Color.Green, 0.5, 3, "host"), (options.Kind, options.Interval, options.Verbose, options.Host));
        Assert.Equal(["a", "b", "c"], options.Many);
        Assert.Equal(["a", "b"], Read("h -m a,b")!.Many);
        Assert.False(Read("h")!.Six);
    }

    [Theory]
    [InlineData("-- -h", "-h")]
    [InlineData("-", "-")]
    [InlineData("-q -- --help", "--help")]
    public void What_follows_two_dashes_is_not_an_option(string line, string host) => Assert.Equal(host, Read(line)!.Host);

    [Theory]
    [InlineData("", "HOST is missing")]
    [InlineData("h extra", "unexpected word \"extra\"")]
    [InlineData("h -q true", "unexpected word \"true\"")]
    [InlineData("h -c", "option -c needs a value")]
    [InlineData("h --count", "option --count needs a value")]
    [InlineData("h --many=", "option --many needs a value")]
    [InlineData("h -c --quiet", "option -c: \"--quiet\" is not a whole number")]
    [InlineData("h -m --quiet", "option -m needs a value, and \"--quiet\" is none")]
    [InlineData("h --nope", "unknown option --nope")]
    [InlineData("h --coun 3", "unknown option --coun")]
    [InlineData("h -qz", "unknown option -z")]
    [InlineData("h -4", "unknown option -4")]
    [InlineData("h --quiet=yes", "option --quiet takes no value")]
    [InlineData("h -c x", "option -c: \"x\" is not a whole number")]
    [InlineData("h -c 1.5", "option -c: \"1.5\" is not a whole number")]
    [InlineData("h -c 1 -c x", "option -c: \"x\" is not a whole number")]
    [InlineData("h -c 3000000000", "option -c: 3000000000 is not between -2147483648 and 2147483647")]
    [InlineData("h -i 1,5", "option -i: \"1,5\" is not a number")]
    [InlineData("h -i NaN", "option -i: \"NaN\" is not a number")]
    [InlineData("h -i 1e999", "option -i: \"1e999\" is not a number")]
    [InlineData("h -k blue", "option -k: \"blue\" is none of red, green")]
    [InlineData("h -k 1", "option -k: \"1\" is none of red, green")]
    public void Says_what_is_wrong(string line, string message)
    {
        OperationFailedException failure = Assert.Throws<OperationFailedException>(() => Read(line));
        Assert.Equal((message, "see tool verb --help"), (failure.Message, failure.Hint));
    }

    [Fact]
    public void A_rest_of_words_takes_them_all()
    {
        Filter filter = CommandLineReader.Read<Filter>(["file", "tcp", "port", "80"], s_page)!;
        Assert.Equal("file", filter.File);
        Assert.Equal(["tcp", "port", "80"], filter.Words);
        Assert.Empty(CommandLineReader.Read<Filter>(["file"], s_page)!.Words);
    }

    private static Options? Read(string line) =>
        CommandLineReader.Read<Options>(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), s_page);

    public class Options
    {
        [Option('c', "count", Default = 5)]
        public int Count { get; set; }

        [Option('i', "interval")]
        public double? Interval { get; set; }

        [Option('k', "kind")]
        public Color Kind { get; set; }

        [Option('q', "quiet")]
        public bool Quiet { get; set; }

        [Option('6', "ipv6")]
        public bool Six { get; set; }

        [Option('x')]
        public bool Hex { get; set; }

        [Option('v', "verbose", FlagCounter = true)]
        public int Verbose { get; set; }

        [Option('m', "many", Separator = ',')]
        public IEnumerable<string> Many { get; set; } = [];

        [Value(0, MetaName = "HOST", Required = true)]
        public string Host { get; set; } = "";
    }

    public class Filter
    {
        [Value(0, MetaName = "FILE", Required = true)]
        public string File { get; set; } = "";

        [Value(1, MetaName = "WORDS")]
        public IEnumerable<string> Words { get; set; } = [];
    }
}
