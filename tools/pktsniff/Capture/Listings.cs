using NetTools.Os;
using NetTools.Packets;
using NetTools.PktSniff.Files;
using NetTools.PktSniff.Filter;
using NetTools.PktSniff.Link;
using NetTools.PktSniff.Report;
using NetTools.Terminal;

namespace NetTools.PktSniff.Capture;

/// <summary>What is listed instead of capturing.</summary>
internal static class Listings
{
    /// <summary>Lists fields, interfaces or types of time stamps, without any privilege.</summary>
    /// <returns>False when none of them was asked for.</returns>
    public static bool TryWrite(CaptureSettings settings)
    {
        bool fields = settings.Print.Fields is [];
        if (!fields && !settings.ListInterfaces && !settings.ListTimeStampTypes)
        {
            return false;
        }

        _ = SnifferUser.Become(settings.User, usesFiles: false);
        // The kernel lists interfaces through netlink(7).
        Sandbox.Enter(settings.ListInterfaces && !fields ? Allowances.OtherSockets : Allowances.None, settings.NoSandbox);
        if (fields)
        {
            FieldNames.List(Output.Standard);
        }
        else if (settings.ListInterfaces)
        {
            InterfaceList.Write(Output.Standard);
        }
        else
        {
            Output.Standard.WriteLine("host (the clock of the kernel)");
        }

        return true;
    }

    /// <summary>Lists the compiled filter, or else the link types of the interfaces.</summary>
    /// <exception cref="OperationFailedException">The filter does not compile, or the file cannot be read.</exception>
    public static void Write(CaptureSettings settings, LiveCapture? live, FilterExpression filter)
    {
        if (settings.ListFilter != ListingStyle.None)
        {
            WriteFilter(settings, live, filter);
            return;
        }

        foreach ((string name, int type) in live?.LinkTypes ?? [])
        {
            Output.Standard.WriteLine($"{Escape.Terminal(name)}: {LinkTypeNames.Name(type)} ({LinkTypeNames.Description(type)})");
        }
    }

    private static void WriteFilter(CaptureSettings settings, LiveCapture? live, FilterExpression filter)
    {
        using SavedCapture? saved = settings.ReadFile is null ? null : SavedCapture.Open(settings.ReadFile, FilterExpression.All);
        int linkType = saved?.Origin?.LinkType ?? settings.LinkType ?? LinkType.Ethernet;
        using FrameFilter compiled = live is not null ? live.Compile(filter)
            : FrameFilter.Compile(filter, linkType, settings.Snaplen);
        foreach (string line in compiled.Listing(settings.ListFilter))
        {
            Output.Standard.WriteLine(line);
        }
    }
}
