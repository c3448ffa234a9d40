using System.Diagnostics.CodeAnalysis;
using NetTools.EpollEcho.Check;
using NetTools.EpollEcho.Load;
using NetTools.EpollEcho.Merge;
using NetTools.EpollEcho.Report;
using NetTools.EpollEcho.Send;
using NetTools.EpollEcho.Serve;
using NetTools.Os;
using NetTools.Terminal;

namespace NetTools.EpollEcho;

internal static class Program
{
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(ServeOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(LoadOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(SendOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(MergeOptions))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.All, typeof(CheckOptions))]
    private static int Main(string[] args) => Command.Run("epollecho", args, Dispatch);

    private static int Dispatch(string[] args) => args switch
    {
        ["serve", .. string[] rest] => Serve(rest),
        ["load", .. string[] rest] => Load(rest),
        ["send", .. string[] rest] => Send(rest),
        ["merge", .. string[] rest] => Merge(rest),
        ["check", .. string[] rest] => Check(rest),
        ["help" or "--help" or "-h"] => VerbsHelp.Write(),
        [] => throw new OperationFailedException("serve, load, merge, send or check?", "see epollecho --help"),
        _ => throw new OperationFailedException($"'{args[0]}' is not serve, load, merge, send or check", "see epollecho --help"),
    };

    private static int Serve(string[] args)
    {
        if (CommandLineReader.Read<ServeOptions>(args, ServeOptions.Help) is not ServeOptions options)
        {
            return ExitCode.Success;
        }

        return ServeCommand.Run(options.ToSettings(), new ServeReport(Output.Standard, options.Json));
    }

    private static int Load(string[] args)
    {
        if (CommandLineReader.Read<LoadOptions>(args, LoadOptions.Help) is not LoadOptions options)
        {
            return ExitCode.Success;
        }

        Privileges.DropSetuid();
        Sandbox.Enter(Allowances.Sockets | Allowances.LocalSockets | Allowances.Forks | Allowances.Files, options.NoSandbox);
        return LoadCommand.Run(options);
    }

    private static int Merge(string[] args)
    {
        if (CommandLineReader.Read<MergeOptions>(args, MergeOptions.Help) is not MergeOptions options)
        {
            return ExitCode.Success;
        }

        return MergeCommand.Run(options);
    }

    private static int Send(string[] args)
    {
        if (CommandLineReader.Read<SendOptions>(args, SendOptions.Help) is not SendOptions options)
        {
            return ExitCode.Success;
        }

        return SendCommand.Run(options.ToSettings(), options.Json, options.NoSandbox);
    }

    private static int Check(string[] args)
    {
        int end = Array.IndexOf(args, "--");
        string[] command = end < 0 ? [] : args[(end + 1)..];
        if (CommandLineReader.Read<CheckOptions>(end < 0 ? args : args[..end], CheckOptions.Help) is not CheckOptions options)
        {
            return ExitCode.Success;
        }

        CheckSettings settings = options.ToSettings(command);
        Privileges.DropAll();
        using ExamReport report = new(options, Trials.Infos);
        if (command.Length == 0)
        {
            Sandbox.Enter(Allowances.Sockets | Allowances.Files, options.NoSandbox);
        }

        return CheckCommand.Run(settings, report);
    }
}
