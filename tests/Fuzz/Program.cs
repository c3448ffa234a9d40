using NetTools.Fuzz;
using SharpFuzz;

// NetTools.Fuzz frame|file           under afl-fuzz
// NetTools.Fuzz frame|file FILE...   each file once
// NetTools.Fuzz instrument DLL       counts branches in a copy of this program
switch (args)
{
    case ["instrument", string library]:
        Fuzzer.Instrument(library, name => name.StartsWith("NetTools.", StringComparison.Ordinal)
            && !name.StartsWith("NetTools.Fuzz", StringComparison.Ordinal), Options.Value);
        return 0;
    case ["frame" or "file"]:
        // A copy that counts branches runs only inside: before, there is nowhere to count.
        Target? fuzzed = null;
        Fuzzer.OutOfProcess.Run(input => (fuzzed ??= new Target(args[0] == "file")).Run(input));
        return 0;
    case ["frame" or "file", ..]:
        using (Target target = new(args[0] == "file"))
        {
            foreach (string path in args[1..])
            {
                target.Run(File.ReadAllBytes(path));
            }
        }

        return 0;
    default:
        Console.Error.WriteLine("usage: NetTools.Fuzz frame|file [FILE...] | instrument DLL");
        return 2;
}
